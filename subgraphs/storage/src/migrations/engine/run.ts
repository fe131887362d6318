import type { Logger } from '@archivolt/kit/log/logger'
import type { Migration, PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import type { Announcer } from '../migration-events.ts'
import { MOVING_STATES, routeOf } from '../migration.ts'
import { claimItems, type Claim } from './claim.ts'
import type { Clockwork, Pace } from './clockwork.ts'
import { copyBlob } from './copy-blob.ts'
import { reclaimItems, renewLeases } from './leases.ts'
import { record, type Outcome } from './ledger.ts'
import type { Limiter } from './limiter.ts'
import { MoveFailed, type Setback } from './move.errors.ts'
import { createThrottle } from './throttle.ts'
import { createTrouble } from './trouble.ts'

export interface RunDeps {
  db: PrismaClient
  backends: Backends
  announcer: Announcer
  log: Logger
  clockwork: Clockwork
  pace: Pace
  /** Of this process. */
  workerId: string
  /** Whether a file is to blame for a place's refusal: the place itself works. */
  isToBlame(setback: Setback, migration: Migration): Promise<boolean>
  /** What the places take well, shared by all runs of the process. */
  limiterOf(backendId: string): Limiter
}

export interface Run {
  /** Looks at the rows again, at once. */
  wake(): void
  /** Stops, gives back what is under way, and resolves when nothing moves any more. */
  stop(): Promise<void>
  /** Resolves when there is nothing left for this worker to do, or it was stopped. */
  done: Promise<void>
}

/** Large files at once: each has several parts in memory. */
const LARGE_AT_ONCE = 3
/** After nothing was found, so long passes before it is looked for again. */
const LOOK_AGAIN_MS = 500

interface Underway extends Claim {
  large: boolean
  stop: AbortController
  copied: number
}

/** One worker's part in one migration: takes items, copies as many at once as the places like, writes down the outcomes. */
export function startRun(deps: RunDeps, migrationId: string): Run {
  const { db, clockwork, pace, log } = deps
  const ended = new AbortController()
  const underway = new Map<string, Underway>()
  const waiting = { small: [] as Claim[], large: [] as Claim[] }
  const cursor = { small: null as string | null, large: null as string | null }
  const notBefore = { small: -Infinity, large: -Infinity }
  const throttle = createThrottle(clockwork)
  const trouble = createTrouble(clockwork)
  let outcomes: Outcome[] = []
  let copiedBytes = 0
  let doneItems = 0
  let migration: Migration | null = null
  let lastFlush = -Infinity
  let lastRenewal = clockwork.now()
  let lastRefresh = -Infinity
  let woken = Promise.withResolvers<void>()
  const wake = () => {
    lastRefresh = -Infinity
    notBefore.small = notBefore.large = -Infinity
    woken.resolve()
  }
  /** Something was done that may make room, or be worth writing down. */
  const stir = () => woken.resolve()

  const atOnce = (): number => {
    if (!migration) return 1
    const { from, to } = routeOf(migration)
    const limits = [to, ...from].map((id) => deps.limiterOf(id).limit)
    return Math.max(1, Math.min(...limits, migration.concurrency ?? Infinity))
  }
  const count = (large: boolean) => [...underway.values()].filter((each) => each.large === large).length
  const held = (): Claim[] => [...waiting.small, ...waiting.large, ...underway.values()]

  /** Reads the row. @returns whether this worker is still wanted */
  const refresh = async (): Promise<boolean> => {
    const before = migration
    migration = await db.migration.findUnique({ where: { id: migrationId } })
    lastRefresh = clockwork.now()
    if (!migration || !(MOVING_STATES as readonly string[]).includes(migration.state)) return false
    if (before && before.direction !== migration.direction) return false
    const workers = await db.migrationWorker.count({
      where: {
        migrationId,
        seenAt: { gt: new Date(clockwork.now() - 2 * pace.renewMs) },
        workerId: { not: deps.workerId },
      },
    })
    throttle.setRate(migration.bytesPerSecond === null ? null : Number(migration.bytesPerSecond) / (workers + 1))
    return true
  }

  const flush = async (): Promise<void> => {
    if (!migration) return
    const batch = outcomes
    const sign = {
      workerId: deps.workerId,
      movingItems: underway.size,
      movingBytes: [...underway.values()].reduce((sum, { copied }) => sum + copied, 0),
      atOnce: atOnce(),
      copiedBytes,
      doneItems,
    }
    outcomes = []
    lastFlush = clockwork.now()
    try {
      await record(db, migration, batch, sign, clockwork.now())
      copiedBytes -= sign.copiedBytes
      doneItems -= sign.doneItems
    } catch (error) {
      // Nothing of it was written: it is tried again while the leases last, and after that by whoever takes the files over.
      outcomes = [...batch, ...outcomes]
      throw error
    }
    await deps.announcer.progressed(migrationId)
  }

  const renew = async (): Promise<void> => {
    lastRenewal = clockwork.now()
    if (!migration) return
    const all = held()
    if (all.length > 0) {
      const until = new Date(clockwork.now() + pace.leaseMs)
      const kept = await renewLeases(db, migration, all, until)
      const reported = new Set(outcomes.map(({ blobId }) => blobId))
      for (const each of underway.values()) {
        if (!kept.has(each.blobId) && !reported.has(each.blobId)) each.stop.abort(new LeaseLost())
      }
      waiting.small = waiting.small.filter(({ blobId }) => kept.has(blobId))
      waiting.large = waiting.large.filter(({ blobId }) => kept.has(blobId))
    }
    await reclaimItems(db, migration, { now: clockwork.now(), attempts: pace.attempts })
  }

  /** Takes items in advance, so that nobody waits for the database between two files. */
  const stockUp = async (large: boolean): Promise<void> => {
    const kind = large ? 'large' : 'small'
    if (!migration || (large && migration.concurrency === 1 && count(false) > 0)) return
    const wanted = trouble.active ? 1 : large ? LARGE_AT_ONCE : Math.min(pace.claimBatch, Math.max(8, atOnce() * 8))
    if (clockwork.now() < notBefore[kind] || waiting[kind].length * 2 >= wanted) return
    if (trouble.active && held().length > 0) return
    const { claims, last } = await claimItems(db, migration, {
      large,
      most: wanted - waiting[kind].length,
      after: cursor[kind],
      now: clockwork.now(),
      leaseMs: pace.leaseMs,
    })
    // At the end it begins anew, with what was put back meanwhile.
    if (last === null && cursor[kind] === null) notBefore[kind] = clockwork.now() + LOOK_AGAIN_MS
    cursor[kind] = last
    waiting[kind].push(...claims)
  }

  const startNext = (): boolean => {
    if (ended.signal.aborted || trouble.mustWait()) return false
    const limit = atOnce()
    if (migration && deps.limiterOf(routeOf(migration).to).pauseMs(clockwork.now()) > 0) return false
    const large = count(true)
    const small = count(false)
    if (waiting.large.length > 0 && large < Math.min(LARGE_AT_ONCE, limit) && large + small < limit + LARGE_AT_ONCE - 1)
      return launch(waiting.large.shift() as Claim, true)
    if (waiting.small.length > 0 && small + large < limit) return launch(waiting.small.shift() as Claim, false)
    return false
  }

  const launch = (claim: Claim, large: boolean): true => {
    const item: Underway = { ...claim, large, stop: new AbortController(), copied: 0 }
    underway.set(claim.blobId, item)
    void move(item).finally(() => {
      underway.delete(claim.blobId)
      // Not only at the next turn: a turn may be waiting for the database.
      while (startNext());
      stir()
    })
    return true
  }

  const move = async (item: Underway): Promise<void> => {
    const { blobId, token, cargo } = item
    const run = migration
    if (!run) return
    if (!cargo) return void outcomes.push({ blobId, token, kind: 'done' })
    const signal = AbortSignal.any([item.stop.signal, ended.signal])
    const { from, to } = routeOf(run)
    const began = performance.now()
    const busy = underway.size >= atOnce()
    try {
      await copyBlob(deps.backends, cargo, {
        verify: run.verify,
        throttle,
        signal,
        sleep: (ms, stop) => clockwork.sleep(ms, stop),
        onBytes(bytes) {
          item.copied += bytes
          copiedBytes += bytes
        },
        onWritten() {
          if (item.large) outcomes.push({ blobId, token, kind: 'verifying' })
        },
      })
      outcomes.push({ blobId, token, kind: 'done' })
      doneItems += 1
      // Large files tell of bandwidth, not of how long a place takes to answer.
      if (!item.large && run.bytesPerSecond === null) {
        for (const id of [to, ...from]) deps.limiterOf(id).succeeded(performance.now() - began, busy)
      }
      if (trouble.ended()) await tellProblem(null)
    } catch (error) {
      await setBack(item, error, run)
    }
  }

  const setBack = async (item: Underway, error: unknown, run: Migration): Promise<void> => {
    const { blobId, token } = item
    if (error instanceof LeaseLost || item.stop.signal.aborted) return
    if (ended.signal.aborted) {
      return void outcomes.push({
        blobId,
        token,
        kind: 'again',
        counts: false,
        delayMs: 0,
        code: null,
        reason: null,
        clean: false,
      })
    }
    const setback: Setback =
      error instanceof MoveFailed
        ? error.setback
        : {
            code: 'storage.migration.unexpected',
            reason: 'Something went wrong that the log tells more about.',
            kind: 'chance',
            backendId: null,
          }
    log.warn({ err: error, migrationId, blobId, code: setback.code }, 'a file could not be moved')
    const { code, reason } = setback
    if (setback.kind === 'place') {
      if (setback.backendId) deps.limiterOf(setback.backendId).congested(clockwork.now())
      if (trouble.add()) await tellProblem(reason)
    }
    const excused = setback.kind === 'place' && trouble.active && !(await deps.isToBlame(setback, run))
    if (setback.kind === 'file' || (!excused && item.attempts + 1 >= pace.attempts)) {
      return void outcomes.push({ blobId, token, kind: 'failed', code, reason, clean: false })
    }
    const counts = !excused
    const delayMs = counts ? backoff(pace, item.attempts) : 0
    outcomes.push({ blobId, token, kind: 'again', counts, delayMs, code, reason, clean: false })
  }

  const tellProblem = async (problem: string | null): Promise<void> => {
    await db.migration
      .updateMany({ where: { id: migrationId }, data: { problem } })
      .catch((error: unknown) => log.warn({ err: error, migrationId }, 'the state of a migration could not be told'))
    await deps.announcer.progressed(migrationId)
  }

  /** Until something happens, but not for longer than the next thing that is due. */
  const rest = async (): Promise<void> => {
    const now = clockwork.now()
    const idle = underway.size === 0 && held().length === 0 && outcomes.length === 0
    const due = idle ? pace.pollMs / 5 : Math.max(1, lastFlush + pace.flushMs - now)
    const waking = new AbortController()
    const signal = AbortSignal.any([waking.signal, ended.signal])
    await Promise.race([woken.promise, clockwork.sleep(due, signal).catch(() => {})])
    waking.abort()
    woken = Promise.withResolvers<void>()
  }

  const turn = async (): Promise<boolean> => {
    const now = clockwork.now()
    if (now - lastRefresh >= 1000 && !(await refresh())) return false
    if (now - lastRenewal >= pace.renewMs) await renew()
    if (!trouble.mustWait()) {
      await stockUp(false)
      await stockUp(true)
      while (startNext());
    }
    if (outcomes.length >= pace.claimBatch || now - lastFlush >= pace.flushMs) {
      if (outcomes.length > 0 || underway.size > 0) await flush()
      else if (held().length === 0) return await somethingLeft()
    }
    return true
  }

  const somethingLeft = async (): Promise<boolean> => {
    lastFlush = clockwork.now()
    if (!migration) return false
    const progress = await db.migrationProgress.findUnique({
      where: { migrationId_direction: { migrationId, direction: migration.direction } },
    })
    return (await planningOf(db, migrationId)) || Number(progress?.pendingItems ?? 0) > 0
  }

  const loop = async (): Promise<void> => {
    let failures = 0
    while (!ended.signal.aborted) {
      try {
        if (!(await turn())) break
        failures = 0
      } catch (error) {
        failures += 1
        log.warn({ err: error, migrationId }, 'a migration cannot get on here; it is tried again')
        await clockwork.sleep(Math.min(10_000, 200 * 2 ** failures), ended.signal).catch(() => {})
      }
      await rest()
    }
    await leave()
  }

  /** Gives everything back: what was taken, and what is under way. */
  const leave = async (): Promise<void> => {
    ended.abort(new Stopped())
    while (underway.size > 0) {
      await woken.promise
      woken = Promise.withResolvers<void>()
    }
    for (const { blobId, token } of [...waiting.small, ...waiting.large])
      outcomes.push({ blobId, token, kind: 'again', counts: false, delayMs: 0, code: null, reason: null, clean: true })
    waiting.small = []
    waiting.large = []
    if (outcomes.length > 0) {
      await flush().catch((error: unknown) => {
        log.warn({ err: error, migrationId }, 'what was under way could not be given back; its leases run out')
      })
    }
    await db.migrationWorker.deleteMany({ where: { migrationId, workerId: deps.workerId } }).catch(() => {})
  }

  const done = loop()
  return {
    wake,
    done,
    async stop() {
      ended.abort(new Stopped())
      stir()
      await done
    },
  }
}

class LeaseLost extends Error {}
class Stopped extends Error {}

function backoff(pace: Pace, attempts: number): number {
  return Math.min(pace.maxBackoffMs, pace.backoffMs * 2 ** attempts) * (0.5 + Math.random() / 2)
}

async function planningOf(db: PrismaClient, id: string): Promise<boolean> {
  return (await db.migration.findUnique({ where: { id }, select: { planning: true } }))?.planning ?? false
}
