import type { ZodType } from 'zod'
import type { Logger } from '../log/logger.ts'

/** What one kind of job is called, what it carries, and how often it is tried. Shared by whoever enqueues and whoever runs it. */
export interface JobDefinition<Payload> {
  /** The service that runs it; each has one queue of its name. */
  readonly queue: string
  readonly name: string
  readonly schema: ZodType<Payload>
  readonly attempts: number
  readonly backoffMs: number
  readonly timeoutMs: number
}

export interface JobContext {
  /** The same at every try; for a job of the outbox it is the row's id. */
  id: string
  /** Fires at the job's timeout, at shutdown, and when another worker has taken the job over: stop, and let it be tried again. */
  signal: AbortSignal
  /** 1 for the first try. */
  attempt: number
  /** Whether a failure now is final. */
  lastAttempt: boolean
  log: Logger
}

/** Does the work of one job. It may run more than once for the same job, so it must be idempotent. */
export type JobHandler<Payload> = (payload: Payload, context: JobContext) => Promise<void>

/** A job with its handler, as a worker takes it. */
export interface JobDoor {
  readonly job: JobDefinition<unknown>
  readonly run: JobHandler<unknown>
}

/** Describes a kind of job. */
export function defineJob<Payload>(options: {
  queue: string
  name: string
  schema: ZodType<Payload>
  /** Tries in all. @default 5 */
  attempts?: number
  /** Pause before the second try in milliseconds; each later one doubles it, up to an hour. @default 2,000 */
  backoffMs?: number
  /** Longest time of one try in milliseconds. @default 600,000 */
  timeoutMs?: number
}): JobDefinition<Payload> {
  const { attempts = 5, backoffMs = 2_000, timeoutMs = 600_000, ...rest } = options
  for (const name of [rest.queue, rest.name]) {
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      throw new TypeError(`Queues and jobs are named in lower case with hyphens, not ${name}.`)
  }
  return { ...rest, attempts, backoffMs, timeoutMs }
}

/** Joins a job and its handler; the types of the two must agree. */
export function handle<Payload>(job: JobDefinition<Payload>, run: JobHandler<Payload>): JobDoor {
  // The worker calls `run` only with what `job.schema` returned.
  return { job, run } as JobDoor
}

const MAX_BACKOFF_MS = 3_600_000

/** Milliseconds to wait after `attemptsMade` failures: doubling, with up to half taken off at random so that jobs spread. */
export function backoffAfter(attemptsMade: number, backoffMs: number): number {
  const full = Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** (attemptsMade - 1))
  return Math.round(full * (1 - Math.random() / 2))
}
