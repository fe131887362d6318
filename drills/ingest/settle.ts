import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectQueues } from '@archivolt/kit/jobs/queues'
import { createLogger } from '@archivolt/kit/log/logger'
import { withDatabase } from '../../bench/lib/vault-databases.ts'

interface Urls {
  documentsUrl: string
  sharedUrl: string
}

/** Waits until no step is open any more, as long as they become fewer. @returns how many are */
export async function untilEnded({ documentsUrl }: Urls, patienceMs: number): Promise<number> {
  return withDatabase(documentsUrl, async (client) => {
    let fewest = Infinity
    let deadline = Date.now() + patienceMs
    for (;;) {
      const { rows } = await client.query<{ n: number }>(
        `SELECT (SELECT count(*) FROM "processing_steps" WHERE "state" IN ('WAITING', 'RUNNING'))
              + (SELECT count(*) FROM "documents" WHERE "status" = 'PROCESSING') AS n`,
      )
      const open = rows[0]?.n ?? 0
      if (open < fewest) {
        fewest = open
        deadline = Date.now() + patienceMs
      }
      if (open === 0 || Date.now() > deadline) return open
      await sleep(250)
    }
  })
}

/** Lets eight hours pass in the rows, then asks for the sweep that otherwise comes every half an hour. */
export async function sweep({ documentsUrl, sharedUrl }: Urls): Promise<void> {
  const hours = `interval '8 hours'`
  await withDatabase(documentsUrl, async (client) => {
    await client.query(
      `UPDATE "processing_steps" SET "queued_at" = "queued_at" - ${hours}, "lease_until" = "lease_until" - ${hours}
       WHERE "state" IN ('WAITING', 'RUNNING')`,
    )
  })
  const queues = await connectQueues({
    databaseUrl: sharedUrl,
    log: createLogger('drill', { level: 'error', pretty: false }),
  })
  try {
    await queues.add('documents', [{ id: randomUUID(), name: 'sweep-stale', payload: {} }])
  } finally {
    await queues.close()
  }
}
