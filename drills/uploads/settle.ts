import { randomUUID } from 'node:crypto'
import { readdir, rename, utimes } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectQueues } from '@archivolt/kit/jobs/queues'
import { createLogger } from '@archivolt/kit/log/logger'
import { withDatabase } from '../../bench/lib/vault-databases.ts'

/** What receive-upload.ts lets a silent attempt live. */
export const LEASE_MS = 30_000
/** Beyond the life of every ticket, lease and unfinished write. */
const DAYS = 2

interface Urls {
  storageUrl: string
  documentsUrl: string
  sharedUrl: string
}

/** Waits until no document is being read, or on its way out, any more. @returns whether that came to pass */
export async function untilRead({ documentsUrl }: Urls, withinMs: number): Promise<boolean> {
  return withDatabase(documentsUrl, (client) =>
    until(withinMs, async () => {
      const { rows } = await client.query<{ n: number }>(
        `SELECT count(*) AS n FROM "documents" WHERE "status" = 'PROCESSING' OR "purging_at" IS NOT NULL`,
      )
      return rows[0]?.n === 0
    }),
  )
}

/**
 * Lets two days pass in the rows and for unfinished writes, then asks both services to sweep, as they do by themselves.
 * @returns what is still there of what they should have taken
 */
export async function sweep(
  urls: Urls,
  files: string,
  withinMs: number,
): Promise<{ uploads: number; documents: number }> {
  const days = `interval '${DAYS} days'`
  await withDatabase(urls.storageUrl, async (client) => {
    await client.query(
      `UPDATE "uploads" SET "expires_at" = "expires_at" - ${days}, "lease_until" = "lease_until" - ${days}`,
    )
    await client.query(`UPDATE "object_intents" SET "lease_until" = "lease_until" - ${days}`)
  })
  await withDatabase(urls.documentsUrl, (client) =>
    client.query(`UPDATE "documents" SET "created_at" = "created_at" - ${days} WHERE "status" = 'UPLOADING'`),
  )
  for (const name of await readdir(path.join(files, '.staging'))) {
    const past = Date.now() / 1000 - DAYS * 86_400
    await utimes(path.join(files, '.staging', name), past, past)
  }
  await ageCanaries(path.join(files, 'canary'))
  const queues = await connectQueues({
    databaseUrl: urls.sharedUrl,
    log: createLogger('drill', { level: 'error', pretty: false }),
  })
  const ask = (queue: string, name: string) => queues.add(queue, [{ id: randomUUID(), name, payload: {} }])
  try {
    for (const job of ['sweep-uploads', 'collect-garbage', 'sweep-leftovers']) await ask('storage', job)
    await ask('documents', 'sweep-stale')
    const busy = async (queue: string) => {
      const { waiting, active } = await queues.counts(queue)
      return waiting + active > 0
    }
    let left = await unswept(urls)
    await until(withinMs, async () => {
      left = await unswept(urls)
      return left.uploads + left.documents === 0 && !(await busy('storage')) && !(await busy('documents'))
    })
    return left
  } finally {
    await queues.close()
  }
}

/** Small files by which places are probed tell their time by their name. */
async function ageCanaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const time = Number.parseInt(name.replaceAll('-', '').slice(0, 12), 16) - DAYS * 86_400_000
    const [before, after] = [time.toString(16).padStart(12, '0'), name.slice(13)]
    // A probe that is under way may take it away meanwhile.
    await rename(path.join(folder, name), path.join(folder, `${before.slice(0, 8)}-${before.slice(8)}${after}`)).catch(
      () => {},
    )
  }
}

async function unswept({ storageUrl, documentsUrl }: Urls): Promise<{ uploads: number; documents: number }> {
  const count = async (url: string, query: string) =>
    withDatabase(url, async (client) => (await client.query<{ n: number }>(query)).rows[0]?.n ?? 0)
  const [uploads, intents, documents] = await Promise.all([
    count(
      storageUrl,
      `SELECT count(*) AS n FROM "uploads" WHERE "state" IN ('PENDING', 'RECEIVING', 'RECEIVED') OR ("state" = 'ABORTED' AND "key" IS NOT NULL)
         OR "id" IN (SELECT "upload_id" FROM "upload_parts")`,
    ),
    count(storageUrl, `SELECT count(*) AS n FROM "object_intents"`),
    count(documentsUrl, `SELECT count(*) AS n FROM "documents" WHERE "status" = 'UPLOADING'`),
  ])
  return { uploads: uploads + intents, documents }
}

async function until(withinMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(200))
    if (await condition()) return true
  return condition()
}
