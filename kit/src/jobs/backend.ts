import {
  createPostgresBackend,
  Queue,
  runMigrations,
  Worker,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq'
import { Pool } from 'pg'
import type { Logger } from '../log/logger.ts'
import { reasonOf } from '../shared-state/reason-of.ts'
import { connectRedis } from '../shared-state/redis/client.ts'

export type AnyQueue = Pick<
  Queue,
  | 'addBulk'
  | 'upsertJobScheduler'
  | 'getJobScheduler'
  | 'removeJobScheduler'
  | 'getJobState'
  | 'getJobCounts'
  | 'close'
  | 'on'
>
export type AnyWorker = Pick<Worker, 'close' | 'waitUntilReady' | 'on'>

/** Where the queues live. */
export interface QueueBackend {
  queue(name: string, options: Omit<QueueOptions, 'connection'>): AnyQueue
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): AnyWorker
  /** Does `work` while no other process that uses these queues is in here. */
  exclusively(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** Any fixed number. */
const LOCK = 0x5c4ed
const PREFIX = 'archivolt:jobs'

/**
 * Connects to Redis where its URL is given, otherwise to PostgreSQL, whose schema `bullmq` is created or brought up to date.
 * @throws when neither is given, or the server does not answer.
 */
export async function connectBackend(options: {
  databaseUrl?: string
  redisUrl?: string
  log: Logger
}): Promise<QueueBackend> {
  if (options.redisUrl) return onRedis(options.redisUrl, options.log)
  if (options.databaseUrl) return onPostgres(options.databaseUrl, options.log)
  throw new Error('Jobs need a place: set SHARED_DATABASE_URL or REDIS_URL.')
}

async function onPostgres(databaseUrl: string, log: Logger): Promise<QueueBackend> {
  // One pool for all queues and workers of the process; each worker keeps one of its connections for LISTEN.
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: 'archivolt_jobs',
    // BullMQ reads the schema from here when it is given a pool.
    options: '-c search_path=bullmq',
    max: 16,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  })
  pool.setMaxListeners(0)
  pool.on('error', (error) => log.warn({ reason: reasonOf(error) }, 'jobs lost a connection'))
  try {
    const client = await pool.connect()
    try {
      await runMigrations(client)
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    queue: (name, options) =>
      new Queue(name, { ...options, connection: pool }, createPostgresBackend) as unknown as AnyQueue,
    worker: (name, processor, options) =>
      new Worker(name, processor, { ...options, connection: pool }, createPostgresBackend) as unknown as AnyWorker,
    async exclusively(work) {
      // BullMQ changes a schedule in several statements without a lock: two first calls at once would both add a run.
      const client = await pool.connect()
      let failure: Error | undefined
      try {
        await client.query('SELECT pg_advisory_lock($1)', [LOCK])
        await work()
        await client.query('SELECT pg_advisory_unlock($1)', [LOCK])
      } catch (error) {
        failure = error as Error
        throw error
      } finally {
        // Ending the connection also ends the lock.
        client.release(failure)
      }
    },
    close: () => pool.end(),
  }
}

async function onRedis(redisUrl: string, log: Logger): Promise<QueueBackend> {
  const producers = await connectRedis(redisUrl, log)
  // A worker blocks on its connection and waits for a lost server; whoever adds jobs must learn of the loss at once.
  const workers = await connectRedis(redisUrl, log, {
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    autoResendUnfulfilledCommands: true,
  }).catch((error: unknown) => {
    producers.disconnect()
    throw error
  })
  return {
    queue: (name, options) => new Queue(name, { ...options, prefix: PREFIX, connection: producers }),
    worker: (name, processor, options) =>
      new Worker(name, processor, { ...options, prefix: PREFIX, connection: workers }),
    // There each change of a schedule is one script.
    exclusively: (work) => work(),
    async close() {
      producers.disconnect()
      workers.disconnect()
    },
  }
}
