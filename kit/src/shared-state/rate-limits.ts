import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { Logger } from '../log/logger.ts'
import { atMostEvery } from './at-most-every.ts'
import { reasonOf } from './reason-of.ts'

/** `points` tries in a window of `windowSeconds` that opens with the first of them. Both are positive whole numbers. */
export interface RateLimit {
  points: number
  windowSeconds: number
}

export interface RateLimitResult {
  allowed: boolean
  /** Points left in this window. */
  remaining: number
  /** 0 when allowed; otherwise whole seconds until the window ends. */
  retryAfterSeconds: number
}

/**
 * Counts tries across all processes. While the store is away each process counts for itself: the limits
 * then hold per process, and nobody is locked out.
 */
export interface RateLimits {
  /**
   * Takes `cost` (default 1) points. A refused try counts as well, but never prolongs the window.
   * A key belongs to one limit: put what is limited into it (`login:ip:192.0.2.1`).
   * @throws RangeError for a cost or limit that is no whole number.
   */
  consume(key: string, limit: RateLimit, cost?: number): Promise<RateLimitResult>
  /** Forgets a key, after a successful sign-in say. When the store is away its count stays until the window ends. */
  reset(key: string): Promise<void>
}

/** Builds the library's limiter for one limit on the store of an adapter. */
export type MakeLimiter = (options: { points: number; duration: number }) => RateLimiterAbstract

/** RateLimits over a store, with one in memory to stand in for it. */
export function createRateLimits(makeLimiter: MakeLimiter, log: Logger): RateLimits {
  const limiters = new Map<string, { store: RateLimiterAbstract; memory: RateLimiterAbstract }>()

  const limiterFor = ({ points, windowSeconds }: RateLimit) => {
    if (!(isWhole(points) && isWhole(windowSeconds) && points > 0 && windowSeconds > 0)) {
      throw new RangeError(`Not a rate limit: ${points} points in ${windowSeconds} s.`)
    }
    const id = `${points}/${windowSeconds}`
    const options = { points, duration: windowSeconds }
    const limiter = limiters.get(id) ?? { store: makeLimiter(options), memory: new RateLimiterMemory(options) }
    limiters.set(id, limiter)
    return limiter
  }

  const warn = atMostEvery(60_000, (error: unknown) => {
    log.warn({ reason: reasonOf(error) }, 'rate limits are counted per process: their store does not answer')
  })

  return {
    async consume(key, limit, cost = 1) {
      if (!isWhole(cost)) throw new RangeError(`A cost is a whole number, not ${cost}.`)
      const { store, memory } = limiterFor(limit)
      try {
        return await take(store, key, cost)
      } catch (error) {
        warn(error)
        return take(memory, key, cost)
      }
    },
    async reset(key) {
      const known = [...limiters.values()]
      await Promise.all(known.map(({ memory }) => memory.delete(key)))
      const store = known[0]?.store ?? makeLimiter({ points: 1, duration: 1 })
      try {
        await store.delete(key)
      } catch (error) {
        warn(error)
      }
    },
  }
}

/** The library answers a refusal by throwing the result. */
async function take(limiter: RateLimiterAbstract, key: string, cost: number): Promise<RateLimitResult> {
  try {
    const { remainingPoints } = await limiter.consume(key, cost)
    return { allowed: true, remaining: remainingPoints, retryAfterSeconds: 0 }
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    return { allowed: false, remaining: 0, retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) }
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
