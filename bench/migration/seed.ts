import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { once } from 'node:events'
import pg from 'pg'

export interface SeededFile {
  blobId: string
  key: string
  size: number
}

const OWNER = randomUUID()
const CHUNK = 4 * 1024 ** 2

/**
 * Puts files of random bytes on the disk of a vault together with their rows, as if they had been uploaded: documents and
 * their reading are not what is measured here.
 */
export async function seedFiles(
  at: { storageUrl: string; folder: string; backendId: string },
  { count, size }: { count: number; size: number },
): Promise<SeededFile[]> {
  const files: SeededFile[] = []
  const hashes: string[] = []
  // One noise for all, with a number in front: making gigabytes of it anew would take longer than moving them.
  const noise = randomBytes(Math.min(size, CHUNK))
  for (let number = 0; number < count; number++) {
    const key = `${OWNER}/${randomUUID()}/${randomUUID()}.bin`
    const full = path.join(at.folder, key)
    await mkdir(path.dirname(full), { recursive: true })
    const hash = createHash('sha256')
    const out = createWriteStream(full)
    for (let left = size, part = 0; left > 0; part++) {
      const chunk = Buffer.from(noise.subarray(0, Math.min(left, noise.length)))
      if (chunk.length >= 16) chunk.write(`${number}:${part}:`.padEnd(16), 'latin1')
      hash.update(chunk)
      if (!out.write(chunk)) await once(out, 'drain')
      left -= chunk.length
    }
    out.end()
    await once(out, 'close')
    files.push({ blobId: uuidOfNow(), key, size })
    hashes.push(hash.digest('hex'))
  }
  await withClient(at.storageUrl, async (client) => {
    await client.query(
      `INSERT INTO "blobs" ("id", "key", "owner_id", "document_id", "filename", "content_type", "size", "sha256")
       SELECT f."id", f."key", $1, gen_random_uuid(), 'file.bin', 'application/octet-stream', $2, f."sha256"
       FROM unnest($3::uuid[], $4::text[], $5::text[]) AS f("id", "key", "sha256")`,
      [OWNER, size, files.map(({ blobId }) => blobId), files.map(({ key }) => key), hashes],
    )
    await client.query(
      `INSERT INTO "replicas" ("blob_id", "backend_id", "state", "verified_at") SELECT unnest($1::uuid[]), $2, 'VERIFIED', now()`,
      [files.map(({ blobId }) => blobId), at.backendId],
    )
  })
  return files
}

/** Rows of so many blobs at one place, or at two, without any bytes; they are a day old. */
export async function seedRows(storageUrl: string, count: number, backendIds: readonly string[]): Promise<void> {
  await withClient(storageUrl, async (client) => {
    await client.query(
      `INSERT INTO "blobs" ("id", "key", "owner_id", "document_id", "filename", "content_type", "size", "sha256")
       SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp() - interval '1 day') * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
         $1 || '/' || gen_random_uuid() || '/' || gen_random_uuid(), $1::uuid, gen_random_uuid(), 'row', 'text/plain', 1000, repeat('0', 64)
       FROM generate_series(1, $2)`,
      [OWNER, count],
    )
    for (const backendId of backendIds) {
      await client.query(
        `INSERT INTO "replicas" ("blob_id", "backend_id", "state", "verified_at")
         SELECT "id", $1, 'VERIFIED', now() FROM "blobs" WHERE "filename" = 'row'`,
        [backendId],
      )
    }
    await client.query('ANALYZE')
  })
}

/** Takes everything out again. A worker that is just giving back what it had is met once or twice. */
export async function clearRows(storageUrl: string): Promise<void> {
  const sql = `DELETE FROM "migrations"; DELETE FROM "replicas"; DELETE FROM "blobs"; DELETE FROM "object_intents"`
  for (let left = 5; ; left--) {
    try {
      return await withClient(storageUrl, (client) => client.query(sql))
    } catch (error) {
      if (left === 0 || (error as { code?: string }).code !== DEADLOCK) throw error
    }
  }
}

const DEADLOCK = '40P01'

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** Ids of blobs begin with their time. */
function uuidOfNow(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
