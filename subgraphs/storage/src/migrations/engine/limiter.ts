/**
 * How many things at once a place takes well. It begins low and finds out: while a place answers as quickly as it ever
 * did, more are tried; once answers wait for each other, or the place says that it is too busy, there are fewer.
 */
export interface Limiter {
  /** As of now, at least 1. */
  readonly limit: number
  /** Milliseconds until the place may be asked again; 0 for at once. */
  pauseMs(now: number): number
  /** One ended well, after so long. @param busy whether as many were under way as there may be */
  succeeded(ms: number, busy: boolean): void
  /** The place refused, or broke down. @param retryAfterMs what it asked for itself, if anything */
  congested(now: number, retryAfterMs?: number): void
}

export interface LimiterOptions {
  /** @default 8 */
  start?: number
  /** @default 48 */
  most?: number
}

/** Things that wait at the place: below the first there is room for more, above the second there are too many. */
const FEW_WAITING = 6
const MANY_WAITING = 14
/** The best time is forgotten slowly, since a place, or the way to it, may become slower for good. */
const FORGET_PER_ROUND = 1.0005
/** Between two cuts there is time for the first to have its effect. */
const CUT_EVERY_MS = 1000

export function createLimiter({ start = 8, most = 48 }: LimiterOptions = {}): Limiter {
  let limit = start
  let best = Infinity
  let round = { count: 0, total: 0, busy: false }
  let notBefore = 0
  let lastCut = -Infinity

  const endRound = () => {
    const mean = round.total / round.count
    best = Math.min(best * FORGET_PER_ROUND, mean)
    // Little's law: of those under way, so many are not being served but wait.
    const waiting = limit * (1 - best / mean)
    if (waiting > MANY_WAITING) limit = Math.max(1, limit - 1)
    else if (waiting < FEW_WAITING && round.busy) limit = Math.min(most, limit + Math.max(1, limit / 8))
    round = { count: 0, total: 0, busy: false }
  }

  return {
    get limit() {
      return Math.max(1, Math.floor(limit))
    },
    pauseMs: (now) => Math.max(0, notBefore - now),
    succeeded(ms, busy) {
      round.count += 1
      round.total += Math.max(ms, 0.1)
      round.busy ||= busy
      if (round.count >= limit * 2) endRound()
    },
    congested(now, retryAfterMs = 0) {
      if (now - lastCut >= CUT_EVERY_MS) {
        limit = Math.max(1, limit / 2)
        lastCut = now
      }
      round = { count: 0, total: 0, busy: false }
      notBefore = Math.max(notBefore, now + retryAfterMs)
    },
  }
}
