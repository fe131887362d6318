import { randomUUID } from 'node:crypto'
import type { PubSub, PubSubEvent } from '@archivolt/kit/shared-state/pubsub'
import { MOVING_STATES } from '../migration.ts'
import { WORK_CHANNEL } from '../migration-events.ts'
import { reclaimItems } from './leases.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { planStep } from './plan.ts'
import { releaseStep } from './release.ts'
import { startRun, type Run, type RunDeps } from './run.ts'
import { settle, takeUpStragglers } from './settle.ts'

export interface Engine {
  /** Looks for work at once. */
  wake(): void
  /** Takes up late uploads, and gives up what is over; to be called now and then by one process. */
  tend(signal: AbortSignal): Promise<void>
  /** Stops, and gives back what is under way. */
  close(): Promise<void>
}

export type EngineDeps = Omit<RunDeps, 'workerId' | 'limiterOf'> & { pubsub?: Pick<PubSub, 'subscribe'> }

/** One process's share in every migration there is. The rows say what there is to do; calls only save waiting. */
export function startEngine(deps: EngineDeps): Engine {
  const { db, clockwork, pace, log } = deps
  const closed = new AbortController()
  const limiters = new Map<string, Limiter>()
  const runs = new Map<string, Run>()
  const workerId = randomUUID()
  let woken = Promise.withResolvers<void>()
  let events: AsyncIterableIterator<PubSubEvent> | undefined

  const limiterOf = (backendId: string): Limiter => {
    const known = limiters.get(backendId) ?? createLimiter()
    limiters.set(backendId, known)
    return known
  }

  const wake = () => {
    for (const run of runs.values()) run.wake()
    woken.resolve()
  }

  /** Plans, copies and settles until nothing of it is left for now. */
  const work = async (id: string): Promise<void> => {
    await join(id)
    for (;;) {
      closed.signal.throwIfAborted()
      const planned = await planStep(db, id, clockwork.now(), pace.planBatch)
      if (planned === 'busy') break
      await deps.announcer.progressed(id)
      await join(id)
      if (planned === 'end') await settleNow(id)
    }
    await settleNow(id)
  }

  /** Takes part in the copying while there are items that nobody has. */
  const join = async (id: string): Promise<void> => {
    if (runs.has(id)) return
    const migration = await db.migration.findUnique({ where: { id }, include: { progress: true } })
    if (!migration || closed.signal.aborted) return
    const reclaimed = await reclaimItems(db, migration, { now: clockwork.now(), attempts: pace.attempts })
    const progress = migration.progress.find(({ direction }) => direction === migration.direction)
    if (reclaimed === 0 && !progress?.pendingItems) return
    const run = startRun({ ...deps, workerId, limiterOf }, id)
    runs.set(id, run)
    void run.done.finally(() => {
      runs.delete(id)
      woken.resolve()
    })
  }

  const settleNow = async (id: string): Promise<void> => {
    if (await settle(db, id, clockwork.now())) {
      await deps.announcer.changed(id)
      woken.resolve()
    }
  }

  const look = async (): Promise<void> => {
    const found = await db.migration.findMany({
      where: {
        OR: [
          { state: { in: ['RUNNING', 'ROLLING_BACK'] } },
          { state: { in: [...MOVING_STATES] }, planning: true },
          { state: 'FINISHED', planFound: { gt: 0 } },
          { release: { in: ['QUARANTINING', 'DELETING'] } },
        ],
      },
      select: { id: true, state: true, release: true },
      take: 100,
    })
    for (const { id, state, release } of found) {
      if (state !== 'CANCELLED') await work(id)
      if (release === 'QUARANTINING' || release === 'DELETING') await giveUp(id)
    }
  }

  const giveUp = async (id: string): Promise<void> => {
    while (!closed.signal.aborted && (await releaseStep(deps, id))) await deps.announcer.progressed(id)
    await deps.announcer.progressed(id)
  }

  const loop = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      woken = Promise.withResolvers<void>()
      try {
        await look()
      } catch (error) {
        if (!closed.signal.aborted) log.warn({ err: error }, 'migrations could not be looked after; it is tried again')
      }
      const waking = new AbortController()
      const wait = runs.size > 0 ? pace.pollMs / 10 : pace.pollMs
      await Promise.race([
        woken.promise,
        clockwork.sleep(wait, AbortSignal.any([closed.signal, waking.signal])).catch(() => {}),
      ])
      waking.abort()
    }
  }

  const listen = async (): Promise<void> => {
    events = await deps.pubsub?.subscribe(WORK_CHANNEL, { signal: closed.signal })
    if (!events) return
    for await (const _event of events) wake()
  }
  listen().catch((error: unknown) =>
    log.warn({ err: error }, 'calls for migrations are not heard; work is looked for now and then'),
  )
  const looping = loop()

  return {
    wake,
    async tend(signal) {
      const found = await db.migration.findMany({
        where: {
          OR: [
            { state: 'READY_TO_FINISH' },
            { state: 'FINISHED', release: { not: 'DONE' } },
            { release: { in: ['RETAINED', 'HELD'] } },
          ],
        },
        select: { id: true },
        take: 100,
      })
      for (const { id } of found) {
        signal.throwIfAborted()
        const more = await takeUpStragglers(db, id, clockwork.now())
        if ((await releaseStep(deps, id)) || more) await deps.announcer.changed(id)
      }
      wake()
    },
    async close() {
      closed.abort()
      woken.resolve()
      await events?.return?.()
      await looping
      await Promise.all([...runs.values()].map((run) => run.stop()))
    },
  }
}
