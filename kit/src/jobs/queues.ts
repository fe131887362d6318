import type { Logger } from '../log/logger.ts'
import { atMostEvery } from '../shared-state/at-most-every.ts'
import { reasonOf } from '../shared-state/reason-of.ts'
import { connectBackend, type AnyQueue } from './backend.ts'
import type { JobDoor } from './job.ts'
import { startWorker, type JobWorker } from './worker.ts'

export type { JobWorker } from './worker.ts'

export interface NewJob {
  /** A second job of the same id is not added while the first is waiting, running, or kept: ended up to an hour ago. */
  id: string
  name: string
  payload: unknown
  delayMs?: number
}

export type Schedule = { name: string } & ({ everyMs: number } | { cron: string; tz?: string })

export interface JobCounts {
  waiting: number
  active: number
  delayed: number
  completed: number
  failed: number
}

/** The queues of the vault: one per service. */
export interface Queues {
  /** Adds all of the jobs or none. To do so in the transaction of a database write, use the outbox. */
  add(queue: string, jobs: readonly NewJob[]): Promise<void>
  /** Starts running the jobs of a queue, `concurrency` at a time. */
  worker(queue: string, options: { handlers: readonly JobDoor[]; concurrency: number }): Promise<JobWorker>
  /**
   * Adds the job `name`, with an empty object as payload, every `everyMs` milliseconds (first at once) or by a cron pattern
   * (in `tz`, UTC without it). Repeating the call, by any number of processes, keeps one schedule. However many runs came
   * due while no worker was there, one is made up for.
   */
  schedule(queue: string, schedule: Schedule): Promise<void>
  /** Ends a schedule; none is fine. */
  unschedule(queue: string, name: string): Promise<void>
  counts(queue: string): Promise<JobCounts>
  /** Closes the workers as JobWorker.close does, then the connections. */
  close(): Promise<void>
}

export interface QueuesOptions {
  /** PostgreSQL, used when `redisUrl` is not given. Tables are created in its schema `bullmq`. */
  databaseUrl?: string
  redisUrl?: string
  log: Logger
  /** How long a job stays with a worker that no longer says that it lives. Another takes it after one to three times this. @default 30,000 */
  lockMs?: number
  /** How long close() lets running handlers be before it aborts them. @default 10,000 */
  graceMs?: number
}

const JOB_OPTIONS = {
  // Who runs a job decides how often it is tried and when (worker.ts): here is only a limit out of reach.
  attempts: 1_000,
  backoff: { type: 'definition' },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 86_400, count: 5_000 },
}

/**
 * Connects to Redis where its URL is given, otherwise to PostgreSQL.
 * @throws when neither is given, or the server does not answer.
 */
export async function connectQueues({
  databaseUrl,
  redisUrl,
  log,
  lockMs = 30_000,
  graceMs = 10_000,
}: QueuesOptions): Promise<Queues> {
  const backend = await connectBackend({ databaseUrl, redisUrl, log })
  const queues = new Map<string, AnyQueue>()
  const workers = new Set<JobWorker>()

  const queueOf = (name: string): AnyQueue => {
    const existing = queues.get(name)
    if (existing) return existing
    const queue = backend.queue(name, { defaultJobOptions: JOB_OPTIONS })
    queue.on(
      'error',
      atMostEvery(60_000, (error: Error) =>
        log.warn({ reason: reasonOf(error), queue: name }, 'queue is not reachable'),
      ),
    )
    queues.set(name, queue)
    return queue
  }

  return {
    async add(queue, jobs) {
      if (jobs.length === 0) return
      await queueOf(queue).addBulk(
        jobs.map(({ id, name, payload, delayMs }) => ({ name, data: payload, opts: { jobId: id, delay: delayMs } })),
      )
    },
    async worker(queue, { handlers, concurrency }) {
      const worker = await startWorker({ backend, queue, handlers, concurrency, lockMs, graceMs, log })
      const tracked: JobWorker = {
        async close() {
          await worker.close()
          workers.delete(tracked)
        },
      }
      workers.add(tracked)
      return tracked
    },
    async schedule(queue, schedule) {
      const { name } = schedule
      const repeat =
        'cron' in schedule ? { pattern: schedule.cron, tz: schedule.tz ?? 'UTC' } : { every: schedule.everyMs }
      await backend.exclusively(async () => {
        if (!(await isDue(queueOf(queue), name, repeat)))
          await queueOf(queue).upsertJobScheduler(name, repeat, { name, data: {} })
      })
    },
    async unschedule(queue, name) {
      await queueOf(queue).removeJobScheduler(name)
    },
    async counts(queue) {
      const counts = await queueOf(queue).getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
      const { waiting = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts
      return { waiting, active, delayed, completed, failed }
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.close()))
      await backend.close()
      // After the backend, since a queue waits for a server that is away; it owns no connection.
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
    },
  }
}

/** Whether the same schedule has a run that is due and not done yet. Setting it again would drop that run of a cron pattern. */
async function isDue(
  queue: AnyQueue,
  name: string,
  repeat: { every?: number; pattern?: string; tz?: string },
): Promise<boolean> {
  const existing = await queue.getJobScheduler(name)
  if (!existing?.next || existing.next > Date.now()) return false
  if (existing.every !== repeat.every || existing.pattern !== repeat.pattern || existing.tz !== repeat.tz) return false
  const state = await queue.getJobState(`repeat:${name}:${existing.next}`)
  return state === 'delayed' || state === 'waiting' || state === 'active'
}
