import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import type { Logger } from '../log/logger.ts'
import { reasonOf } from '../shared-state/reason-of.ts'
import type { JobDefinition } from './job.ts'
import type { NewJob, Queues } from './queues.ts'

/** The outbox table; each service's own migration creates it. */
export const outboxTableSql = `
CREATE TABLE "outbox" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "queue" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "available_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "outbox_available_at_created_at_idx" ON "outbox"("available_at", "created_at");
`

/** A Prisma client or transaction client. */
export interface OutboxTransaction {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<unknown>
}

/**
 * Writes a job into the outbox in the caller's transaction: it is dispatched after the commit, and never after a rollback.
 * @returns the job's id.
 * @throws ZodError when the payload does not fit the job's schema.
 */
export async function enqueue<Payload>(
  tx: OutboxTransaction,
  job: JobDefinition<Payload>,
  payload: Payload,
  { delayMs = 0 }: { delayMs?: number } = {},
): Promise<string> {
  job.schema.parse(payload)
  const id = randomUUID()
  const json = JSON.stringify(payload)
  await tx.$executeRaw`
    INSERT INTO "outbox" ("id", "queue", "name", "payload", "available_at")
    VALUES (${id}::uuid, ${job.queue}, ${job.name}, ${json}::jsonb, now() + ${delayMs}::float8 * interval '1 millisecond')`
  return id
}

export interface OutboxDispatcher {
  /** Looks for rows at once instead of at the next poll: call it after a commit that enqueued something. */
  kick(): void
  /** Waits for the batch in hand. What is not dispatched yet stays in the table. */
  close(): Promise<void>
}

export interface OutboxOptions {
  /** The service's database: its URL, or a pool that the caller keeps. */
  databaseUrl?: string
  pool?: Pool
  queues: Pick<Queues, 'add'>
  log: Logger
  /** @default 1,000 */
  pollMs?: number
}

const BATCH = 100
const MAX_BACKOFF_MS = 30_000

interface Row {
  id: string
  queue: string
  name: string
  payload: unknown
}

/**
 * Moves rows of the outbox into their queues. Any number of dispatchers may share a table.
 * A row's id is its job's id, and the row goes only after the job was added: a crash in between repeats the adding,
 * which then adds nothing. Errors are logged and tried again after growing pauses, up to 30 s, that no kick shortens.
 */
export function startOutboxDispatcher({
  databaseUrl,
  pool: given,
  queues,
  log,
  pollMs = 1_000,
}: OutboxOptions): OutboxDispatcher {
  if (!given && !databaseUrl) throw new TypeError('An outbox dispatcher needs a databaseUrl or a pool.')
  const pool =
    given ??
    new Pool({
      connectionString: databaseUrl,
      application_name: 'archivolt_outbox',
      max: 1,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 30_000,
    })
  if (!given) pool.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'outbox lost a connection'))

  let closed = false
  let kicked = false
  let wake = () => {}

  const pause = async (ms: number, kickable: boolean) => {
    if (closed || (kickable && kicked)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    wake = () => {
      if (kickable || closed) resolve()
    }
    await promise
    clearTimeout(timer)
  }

  const loop = async () => {
    let failures = 0
    while (!closed) {
      kicked = false
      try {
        const dispatched = await dispatchBatch(pool, queues)
        if (failures > 0) log.info('outbox dispatches again')
        failures = 0
        if (dispatched < BATCH) await pause(pollMs, true)
      } catch (error) {
        if (closed) return
        const ms = Math.min(MAX_BACKOFF_MS, pollMs * 2 ** failures++)
        log.warn({ reason: reasonOf(error), retryInMs: ms }, 'outbox could not dispatch')
        await pause(ms, false)
      }
    }
  }
  const looping = loop()

  return {
    kick() {
      kicked = true
      wake()
    },
    async close() {
      closed = true
      wake()
      await looping
      if (!given) await pool.end()
    },
  }
}

/** Returns how many rows were dispatched. */
async function dispatchBatch(pool: Pool, queues: Pick<Queues, 'add'>): Promise<number> {
  const client = await pool.connect()
  let broken: Error | undefined
  // Without a listener, a connection lost between two queries would end the process.
  const lost = (error: Error) => (broken = error)
  client.on('error', lost)
  try {
    await client.query('BEGIN')
    const { rows } = await client.query<Row>(
      `SELECT id, queue, name, payload FROM "outbox" WHERE available_at <= now()
       ORDER BY available_at, created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
    )
    for (const [queue, jobs] of byQueue(rows)) await queues.add(queue, jobs)
    if (rows.length > 0)
      await client.query('DELETE FROM "outbox" WHERE id = ANY($1::uuid[])', [rows.map(({ id }) => id)])
    await client.query('COMMIT')
    return rows.length
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => (broken = rollbackError))
    throw error
  } finally {
    client.off('error', lost)
    client.release(broken)
  }
}

function byQueue(rows: readonly Row[]): Map<string, NewJob[]> {
  const jobs = new Map<string, NewJob[]>()
  for (const { queue, ...job } of rows) jobs.set(queue, [...(jobs.get(queue) ?? []), job])
  return jobs
}
