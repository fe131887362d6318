import { setTimeout as sleep } from 'node:timers/promises'
import { UnrecoverableError, WaitingError, type Job } from 'bullmq'
import { z } from 'zod'
import type { Logger } from '../log/logger.ts'
import { atMostEvery } from '../shared-state/at-most-every.ts'
import { reasonOf } from '../shared-state/reason-of.ts'
import type { QueueBackend } from './backend.ts'
import { backoffAfter, type JobDoor } from './job.ts'

export interface JobWorker {
  /**
   * Takes no more jobs and waits for the running ones; after the grace time it aborts them, and they go back to the queue.
   * Resolves some seconds after the grace time at the latest, also when the queue is out of reach: what ran then goes to
   * another worker once its lock ends.
   */
  close(): Promise<void>
}

/** A job that no handler here knows may belong to a newer release: it waits about an hour for a worker of that release. */
const UNKNOWN = { attempts: 12, backoffMs: 2_000 }
/** How long an aborted handler may take to stop before its job is given up on. */
const ABANDON_MS = 5_000
/** How often a job may lose its worker (a crash, a kill) before it counts as the cause. */
const MAX_STALLS = 5

class Shutdown extends Error {}
class Timeout extends Error {}
class LockLost extends Error {}

/** Runs the jobs of one queue until it is closed. Resolves when it takes jobs. */
export async function startWorker({
  backend,
  queue,
  handlers,
  concurrency,
  lockMs,
  graceMs,
  log,
}: {
  backend: QueueBackend
  queue: string
  handlers: readonly JobDoor[]
  concurrency: number
  lockMs: number
  graceMs: number
  log: Logger
}): Promise<JobWorker> {
  const doors = new Map<string, JobDoor>()
  for (const door of handlers) {
    if (door.job.queue !== queue)
      throw new TypeError(`Job ${door.job.name} belongs to queue ${door.job.queue}, not ${queue}.`)
    if (doors.has(door.job.name)) throw new TypeError(`Job ${door.job.name} has two handlers.`)
    doors.set(door.job.name, door)
  }
  const running = new Map<string, AbortController>()
  const abort = (id: string, reason: Error) => running.get(id)?.abort(reason)

  const run = async (job: Job, token?: string): Promise<void> => {
    const door = doors.get(job.name)
    const attempt = job.attemptsMade + 1
    if (!door) {
      const message = `Queue ${queue} has no handler for job ${job.name}.`
      throw attempt < UNKNOWN.attempts ? new Error(message) : new UnrecoverableError(message)
    }
    const parsed = door.job.schema.safeParse(job.data)
    if (!parsed.success) throw new UnrecoverableError(`Invalid payload: ${z.prettifyError(parsed.error)}`)

    const id = job.id!
    const controller = new AbortController()
    const { signal } = controller
    const lastAttempt = attempt >= door.job.attempts
    const timer = setTimeout(() => {
      controller.abort(new Timeout(`Job ${job.name} did not finish within ${door.job.timeoutMs} ms.`))
    }, door.job.timeoutMs)
    running.set(id, controller)
    try {
      const jobLog = log.child({ job: job.name, jobId: id, attempt })
      await orAbandoned(door.run(parsed.data, { id, signal, attempt, lastAttempt, log: jobLog }), signal)
    } catch (thrown) {
      // What a handler throws on abort says less than why it was aborted.
      const error = signal.aborted ? signal.reason : thrown
      if (error instanceof Shutdown) {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      throw lastAttempt ? final(error) : error
    } finally {
      clearTimeout(timer)
      running.delete(id)
    }
  }

  const worker = backend.worker(queue, run, {
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: MAX_STALLS,
    settings: {
      backoffStrategy: (attemptsMade, _type, _error, job) =>
        backoffAfter(attemptsMade, (doors.get(job?.name ?? '')?.job ?? UNKNOWN).backoffMs),
    },
  })
  worker.on('failed', (job, error) => {
    log.warn(
      { job: job?.name, jobId: job?.id, attempt: job?.attemptsMade, final: job?.finishedOn !== undefined, err: error },
      'job failed',
    )
  })
  worker.on('stalled', (jobId) => log.warn({ jobId }, 'job lost its worker and is queued again'))
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) abort(id, new LockLost('Another worker has taken this job over.'))
  })
  worker.on(
    'error',
    atMostEvery(60_000, (error: Error) =>
      log.warn({ reason: reasonOf(error), queue }, 'worker cannot reach its queue'),
    ),
  )
  await worker.waitUntilReady()

  return {
    async close() {
      const timer = setTimeout(() => {
        for (const id of running.keys()) abort(id, new Shutdown('The worker is shutting down.'))
      }, graceMs)
      const limit = new AbortController()
      // BullMQ waits without end for a server that is away.
      const late = sleep(graceMs + ABANDON_MS + 1_000, undefined, { signal: limit.signal }).catch(() => {})
      await Promise.race([worker.close(), late])
      limit.abort()
      clearTimeout(timer)
    },
  }
}

/** The handler's own end, or the abort reason when it has not stopped some time after its abort. */
async function orAbandoned(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const settled = new AbortController()
  const abandoned = new Promise<never>((_, reject) => {
    const giveUp = () => {
      sleep(ABANDON_MS, undefined, { signal: settled.signal }).then(
        () => reject(signal.reason as Error),
        () => {},
      )
    }
    signal.addEventListener('abort', giveUp, { once: true })
  })
  try {
    await Promise.race([work, abandoned])
  } finally {
    settled.abort()
  }
}

/** The same error in the form that BullMQ does not try again. */
function final(error: unknown): Error {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return Object.assign(new UnrecoverableError(message), { stack, cause: error })
}
