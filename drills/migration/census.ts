import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { withDatabase } from '../../bench/lib/vault-databases.ts'
import type { Door, KnownFile } from './people.ts'

export interface Census {
  files: number
  bytes: number
  /** What is wrong, in words; empty when all is well. */
  wrong: string[]
}

const AT_ONCE = 8
const DOWN_MS = 60_000

/** Asks the rows; a database that was just killed is asked again when it is back. */
async function ask<T>(storageUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + DOWN_MS; ; await sleep(100)) {
    try {
      return await withDatabase(storageUrl, work)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

/** Every file that the rows know. */
export async function filesOf(storageUrl: string): Promise<KnownFile[]> {
  return ask(storageUrl, async (client) => {
    const { rows } = await client.query<KnownFile>(`SELECT "id" AS "blobId", "sha256" FROM "blobs" ORDER BY "id"`)
    return rows
  })
}

/** Reads everything through the door and compares; then asks the rows whether they agree with each other. */
export async function takeCensus(storageUrl: string, door: Door): Promise<Census> {
  const files = await filesOf(storageUrl)
  const wrong: string[] = []
  const queue = [...files]
  const read = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      await door.read(file).catch((error: unknown) => wrong.push((error as Error).message))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, read))
  const rows = await ask(storageUrl, async (client) => {
    const sums = await client.query<{ bytes: number; lost: number; drifted: number }>(`
      SELECT (SELECT coalesce(sum("size"), 0)::bigint FROM "blobs") AS "bytes",
        (SELECT count(*)::int FROM "blobs" b WHERE NOT EXISTS (
          SELECT 1 FROM "replicas" r WHERE r."blob_id" = b."id" AND r."state" = 'VERIFIED')) AS "lost",
        (SELECT count(*)::int FROM "migration_progress" p WHERE p."pending_items" + p."copying_items" + p."verifying_items"
            + p."done_items" + p."failed_items" <> (SELECT count(*) FROM "migration_items" i
              WHERE i."migration_id" = p."migration_id" AND i."direction" = p."direction")) AS "drifted"`)
    return sums.rows[0]
  })
  if (rows?.lost) wrong.push(`${rows.lost} files have no verified copy`)
  if (rows?.drifted) wrong.push(`the sums of ${rows.drifted} migrations do not fit their items`)
  return { files: files.length, bytes: Number(rows?.bytes ?? 0), wrong }
}
