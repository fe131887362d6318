import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLogger } from '../log/logger.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { defineJob, handle, type JobContext } from './job.ts'
import { enqueue, outboxTableSql, startOutboxDispatcher, type OutboxTransaction } from './outbox.ts'
import { connectQueues, type Queues } from './queues.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const LOCK_MS = 600

/** Where the queues of a test live; the outbox is in PostgreSQL in any case. */
export interface JobsPlace {
  at: { databaseUrl?: string; redisUrl?: string }
  close(): Promise<void>
}

/** What jobs and outbox keep to wherever the queues live. */
export function describeJobsContract(place: string, makePlace: () => Promise<JobsPlace>): void {
  let at: JobsPlace['at']
  let closePlace: () => Promise<void>
  let queues: Queues
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let pool: Pool

  beforeAll(async () => {
    ;({ at, close: closePlace } = await makePlace())
    queues = await connectQueues({ ...at, log, lockMs: LOCK_MS, graceMs: 200 })
    database = await createTestDatabase()
    pool = new Pool({ connectionString: database.url })
    pool.on('error', () => {})
    await pool.query(outboxTableSql)
  })
  afterAll(async () => {
    await queues?.close()
    await pool?.end()
    await database?.drop()
    await closePlace?.()
  })

  /** A queue of its own for each test, with a job that carries a number. */
  const fresh = (options: { attempts?: number; timeoutMs?: number } = {}) => {
    const queue = `q-${randomUUID()}`
    return defineJob({ queue, name: 'count', schema: z.object({ n: z.number() }), backoffMs: 20, ...options })
  }
  const add = (job: { queue: string; name: string }, payload: unknown, id: string = randomUUID()) =>
    queues.add(job.queue, [{ id, name: job.name, payload }])
  const counts = (job: { queue: string }) => queues.counts(job.queue)
  const ends = (job: { queue: string }, expected: { completed?: number; failed?: number }) =>
    expect
      .poll(() => counts(job), { timeout: 8_000, interval: 20 })
      .toMatchObject({ waiting: 0, active: 0, delayed: 0, ...expected })

  describe(`jobs on ${place}`, () => {
    it('runs a job once, with its payload as the schema returns it', async () => {
      const job = defineJob({
        queue: fresh().queue,
        name: 'typed',
        schema: z.object({ n: z.number(), unit: z.string().default('s') }),
      })
      const seen: unknown[] = []
      const worker = await queues.worker(job.queue, {
        concurrency: 2,
        handlers: [
          handle(job, async (payload, { attempt, lastAttempt }) => void seen.push([payload, attempt, lastAttempt])),
        ],
      })
      await add(job, { n: 1, more: true })
      await ends(job, { completed: 1, failed: 0 })
      expect(seen).toEqual([[{ n: 1, unit: 's' }, 1, false]])
      await worker.close()
    })

    it('adds a job of the same id once, also after it has run', async () => {
      const job = fresh()
      let runs = 0
      await add(job, { n: 1 }, 'same')
      await add(job, { n: 1 }, 'same')
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [handle(job, async () => void runs++)],
      })
      await ends(job, { completed: 1 })
      await add(job, { n: 1 }, 'same')
      await sleep(100)
      expect(runs).toBe(1)
      await worker.close()
    })

    it('holds back a delayed job', async () => {
      const job = fresh()
      const added = performance.now()
      let ranAfter = 0
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [handle(job, async () => void (ranAfter = performance.now() - added))],
      })
      await queues.add(job.queue, [{ id: randomUUID(), name: job.name, payload: { n: 1 }, delayMs: 300 }])
      expect((await counts(job)).delayed).toBe(1)
      await ends(job, { completed: 1 })
      expect(ranAfter).toBeGreaterThanOrEqual(290)
      await worker.close()
    })

    it('tries a failing job again until it succeeds', async () => {
      const job = fresh()
      const attempts: number[] = []
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [
          handle(job, async (_, { attempt }) => {
            attempts.push(attempt)
            if (attempt < 3) throw new Error('not yet')
          }),
        ],
      })
      await add(job, { n: 1 })
      await ends(job, { completed: 1, failed: 0 })
      expect(attempts).toEqual([1, 2, 3])
      await worker.close()
    })

    it('ends a job as failed after its attempts, and tells the last one so', async () => {
      const job = fresh({ attempts: 3 })
      const last: boolean[] = []
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [
          handle(job, async (_, { lastAttempt }) => {
            last.push(lastAttempt)
            throw new Error('never')
          }),
        ],
      })
      await add(job, { n: 1 })
      await ends(job, { completed: 0, failed: 1 })
      expect(last).toEqual([false, false, true])
      await worker.close()
    })

    it('fails an invalid payload at once, without running the handler', async () => {
      const job = fresh()
      let runs = 0
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [handle(job, async () => void runs++)],
      })
      await add(job, { n: 'one' })
      await ends(job, { completed: 0, failed: 1 })
      expect(runs).toBe(0)
      await worker.close()
    })

    it('keeps a job that no handler knows for a worker that does', async () => {
      const job = fresh()
      const old = await queues.worker(job.queue, { concurrency: 1, handlers: [] })
      await add(job, { n: 1 })
      await expect.poll(() => counts(job)).toMatchObject({ delayed: 1, failed: 0 })
      await old.close()
      const worker = await queues.worker(job.queue, { concurrency: 1, handlers: [handle(job, async () => {})] })
      await ends(job, { completed: 1, failed: 0 })
      await worker.close()
    })

    it('aborts a try at its timeout and tries again', async () => {
      const job = fresh({ timeoutMs: 50 })
      const reasons: string[] = []
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [
          handle(job, async (_, { signal, attempt }) => {
            if (attempt > 1) return
            await sleep(5_000, undefined, { signal }).catch(() => reasons.push(String(signal.reason)))
            signal.throwIfAborted()
          }),
        ],
      })
      await add(job, { n: 1 })
      await ends(job, { completed: 1, failed: 0 })
      expect(reasons).toEqual([expect.stringContaining('did not finish within 50 ms')])
      await worker.close()
    })

    it('keeps a long job with its worker, beyond the time of its lock', async () => {
      const job = fresh()
      let runs = 0
      const handlers = [handle(job, async () => void (runs++, await sleep(LOCK_MS * 2.5)))]
      const workers = await Promise.all([1, 2].map(() => queues.worker(job.queue, { concurrency: 1, handlers })))
      await add(job, { n: 1 })
      await ends(job, { completed: 1, failed: 0 })
      expect(runs).toBe(1)
      await Promise.all(workers.map((worker) => worker.close()))
    })

    it('gives the job of a killed process to another worker', async () => {
      const job = { ...fresh(), name: 'stuck' }
      await add(job, { n: 1 })
      const child = spawn(process.execPath, [fileURLToPath(new URL('stuck-worker.fixture.ts', import.meta.url))], {
        env: { ...process.env, STUCK: JSON.stringify({ ...at, queue: job.queue, lockMs: LOCK_MS }) },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      expect(line.toString().trim()).toBe('running')
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect((await counts(job)).active).toBe(1)
      let runs = 0
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [handle(job, async () => void runs++)],
      })
      await ends(job, { completed: 1, failed: 0 })
      expect(runs).toBe(1)
      await worker.close()
    })

    it('waits for a running job on close, and takes no other', async () => {
      const job = fresh()
      const finished: number[] = []
      const started = Promise.withResolvers<void>()
      const worker = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [
          handle(job, async ({ n }, { signal }) => {
            started.resolve()
            await sleep(100)
            if (!signal.aborted) finished.push(n)
          }),
        ],
      })
      await add(job, { n: 1 })
      await add(job, { n: 2 })
      await started.promise
      await worker.close()
      expect(finished).toEqual([1])
      expect(await counts(job)).toMatchObject({ completed: 1, waiting: 1, active: 0 })
    })

    it('aborts a job that outlasts the grace time of a close; it goes back and costs no attempt', async () => {
      const job = fresh({ attempts: 1 })
      const tries: Pick<JobContext, 'attempt'>[] = []
      const started = Promise.withResolvers<void>()
      const first = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [
          handle(job, async (_, { signal }) => {
            started.resolve()
            await sleep(20_000, undefined, { signal })
          }),
        ],
      })
      await add(job, { n: 1 })
      await started.promise
      const before = performance.now()
      await first.close()
      expect(performance.now() - before).toBeLessThan(2_000)
      expect(await counts(job)).toMatchObject({ waiting: 1, active: 0, failed: 0 })
      const second = await queues.worker(job.queue, {
        concurrency: 1,
        handlers: [handle(job, async (_, { attempt }) => void tries.push({ attempt }))],
      })
      await ends(job, { completed: 1, failed: 0 })
      expect(tries).toEqual([{ attempt: 1 }])
      await second.close()
    })

    it('fires a schedule at once and again, once for two processes that set it, until it is ended', async () => {
      const { queue } = fresh()
      const job = defineJob({ queue, name: 'tick', schema: z.object({}) })
      const other = await connectQueues({ ...at, log })
      const started = performance.now()
      const fired: number[] = []
      const worker = await queues.worker(queue, {
        concurrency: 2,
        handlers: [handle(job, async () => void fired.push(performance.now() - started))],
      })
      await Promise.all([queues, other].map((each) => each.schedule(queue, { name: 'tick', everyMs: 400 })))
      await sleep(1_300)
      expect(fired[0]).toBeLessThan(350)
      expect(fired.length).toBeGreaterThanOrEqual(3)
      expect(fired.length).toBeLessThanOrEqual(4)
      for (const [i, at] of fired.entries()) expect(at - (fired[i - 1] ?? -Infinity)).toBeGreaterThan(50)
      await queues.schedule(queue, { name: 'tick', everyMs: 400 })
      await queues.unschedule(queue, 'tick')
      await queues.unschedule(queue, 'unknown')
      await sleep(50)
      const soFar = fired.length
      await sleep(600)
      expect(fired.length).toBe(soFar)
      await worker.close()
      await other.close()
    })

    it('takes a cron schedule', async () => {
      const { queue } = fresh()
      const job = defineJob({ queue, name: 'every-second', schema: z.object({}) })
      let fired = 0
      const worker = await queues.worker(queue, { concurrency: 1, handlers: [handle(job, async () => void fired++)] })
      await queues.schedule(queue, { name: 'every-second', cron: '* * * * * *' })
      await expect.poll(() => fired, { timeout: 3_000 }).toBeGreaterThan(0)
      await queues.unschedule(queue, 'every-second')
      await worker.close()
    })

    it('makes up for a run that came due without a worker, also when the schedule is set again meanwhile', async () => {
      const { queue } = fresh()
      const job = defineJob({ queue, name: 'late', schema: z.object({}) })
      const schedule = { name: 'late', cron: '* * * * * *' }
      await queues.schedule(queue, schedule)
      // To just after the second that follows: the next run is then almost a second away.
      await sleep(1_100 - (Date.now() % 1_000))
      await queues.schedule(queue, schedule)
      const started = performance.now()
      const fired: number[] = []
      const worker = await queues.worker(queue, {
        concurrency: 1,
        handlers: [handle(job, async () => void fired.push(performance.now() - started))],
      })
      await expect.poll(() => fired.length, { timeout: 2_000 }).toBeGreaterThan(0)
      expect(fired[0]).toBeLessThan(500)
      await queues.unschedule(queue, 'late')
      await worker.close()
    })

    it('refuses handlers of another queue, and two for one job', async () => {
      const job = fresh()
      const door = handle(job, async () => {})
      await expect(queues.worker('other', { concurrency: 1, handlers: [door] })).rejects.toThrow(TypeError)
      await expect(queues.worker(job.queue, { concurrency: 1, handlers: [door, door] })).rejects.toThrow(TypeError)
    })
  })

  describe(`outbox on ${place}`, () => {
    /** What Prisma makes of a tagged template. */
    const prismaLike = (client: Pick<Pool, 'query'>): OutboxTransaction => ({
      async $executeRaw(strings, ...values) {
        const text = strings.reduce((sql, part, i) => `${sql}$${i}${part}`)
        return (await client.query(text, values)).rowCount
      },
    })
    const rowsLeft = async () => Number((await pool.query('SELECT count(*) FROM outbox')).rows[0].count)

    it('dispatches what was committed, nothing that was rolled back', async () => {
      const job = fresh()
      const dispatcher = startOutboxDispatcher({ pool, queues, log, pollMs: 20 })
      const client = await pool.connect()
      await client.query('BEGIN')
      await enqueue(prismaLike(client), job, { n: 1 })
      await client.query('ROLLBACK')
      await client.query('BEGIN')
      const id = await enqueue(prismaLike(client), job, { n: 2 })
      await sleep(60)
      expect((await counts(job)).waiting).toBe(0)
      await client.query('COMMIT')
      client.release()
      await expect.poll(async () => (await counts(job)).waiting).toBe(1)
      await expect.poll(rowsLeft).toBe(0)
      await dispatcher.close()
      await add(job, { n: 2 }, id)
      expect((await counts(job)).waiting).toBe(1)
    })

    it('refuses a payload that does not fit', async () => {
      await expect(enqueue(prismaLike(pool), fresh(), { n: 'one' } as never)).rejects.toThrow()
      expect(await rowsLeft()).toBe(0)
    })

    it('dispatches at once when kicked, and a delayed job when it is due', async () => {
      const job = fresh()
      const dispatcher = startOutboxDispatcher({ databaseUrl: database.url, queues, log, pollMs: 250 })
      await sleep(50)
      await enqueue(prismaLike(pool), job, { n: 1 })
      await enqueue(prismaLike(pool), job, { n: 2 }, { delayMs: 300 })
      dispatcher.kick()
      await expect.poll(async () => (await counts(job)).waiting, { timeout: 150, interval: 10 }).toBe(1)
      await sleep(150)
      expect((await counts(job)).waiting).toBe(1)
      await expect.poll(async () => (await counts(job)).waiting).toBe(2)
      await dispatcher.close()
    })

    it('loses nothing and runs nothing twice when a dispatcher dies between adding and deleting', async () => {
      const job = fresh()
      const runs = new Map<number, number>()
      const worker = await queues.worker(job.queue, {
        concurrency: 5,
        handlers: [handle(job, async ({ n }) => void runs.set(n, (runs.get(n) ?? 0) + 1))],
      })
      for (let n = 0; n < 20; n++) await enqueue(prismaLike(pool), job, { n })
      const dying = new Pool({ connectionString: database.url, max: 1, application_name: 'dying' })
      dying.on('error', () => {})
      const added = Promise.withResolvers<void>()
      const first = startOutboxDispatcher({
        pool: dying,
        log,
        queues: {
          async add(queue, jobs) {
            await queues.add(queue, jobs)
            added.resolve()
            await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dying'`)
          },
        },
        pollMs: 60_000,
      })
      await added.promise
      await ends(job, { completed: 20 })
      expect(await rowsLeft()).toBe(20)
      await first.close()
      await dying.end()
      const second = startOutboxDispatcher({ pool, queues, log, pollMs: 20 })
      await expect.poll(rowsLeft).toBe(0)
      await sleep(100)
      await second.close()
      expect([...runs.entries()].sort(([a], [b]) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => [n, 1]))
      await worker.close()
    })

    it('dispatches each row once when two dispatchers share 450 rows', async () => {
      const job = fresh()
      await pool.query(
        `INSERT INTO outbox (queue, name, payload) SELECT $1, 'count', jsonb_build_object('n', n) FROM generate_series(1, 450) n`,
        [job.queue],
      )
      const ids: string[] = []
      const counting: Pick<Queues, 'add'> = {
        add(queue, jobs) {
          ids.push(...jobs.map(({ id }) => id))
          return queues.add(queue, jobs)
        },
      }
      const dispatchers = [1, 2].map(() => startOutboxDispatcher({ pool, queues: counting, log, pollMs: 20 }))
      await expect.poll(rowsLeft).toBe(0)
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.close()))
      expect(ids).toHaveLength(450)
      expect(new Set(ids).size).toBe(450)
      expect((await counts(job)).waiting).toBe(450)
    })

    it('keeps rows while the queues are away, with growing pauses that kicks do not shorten', async () => {
      const job = fresh()
      await enqueue(prismaLike(pool), job, { n: 1 })
      let away = true
      let tries = 0
      const dispatcher = startOutboxDispatcher({
        pool,
        log,
        queues: {
          async add(queue, jobs) {
            tries++
            if (away) throw new Error('away')
            await queues.add(queue, jobs)
          },
        },
        pollMs: 40,
      })
      for (let i = 0; i < 30; i++) {
        await sleep(10)
        dispatcher.kick()
      }
      expect(tries).toBeGreaterThan(1)
      expect(tries).toBeLessThan(6)
      expect(await rowsLeft()).toBe(1)
      away = false
      await expect.poll(rowsLeft, { timeout: 3_000 }).toBe(0)
      expect((await counts(job)).waiting).toBe(1)
      await dispatcher.close()
    })
  })
}
