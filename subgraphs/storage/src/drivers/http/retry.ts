import { setTimeout as delay } from 'node:timers/promises'
import type { DriverError } from '../driver.errors.ts'

/** How long one thing is tried. */
export interface Pace {
  /** Tries in all. */
  attempts: number
  /** Wait before the second try; each further wait is twice as long. */
  baseMs: number
  /** Longest wait between two tries. */
  maxMs: number
  /** Longest wait a service may ask for with Retry-After; beyond it the call fails at once. */
  patienceMs: number
}

/** Time and chance, so that tests can hold both. */
export interface Clockwork {
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 to below 1. */
  random(): number
}

export const DEFAULT_PACE: Pace = { attempts: 6, baseMs: 500, maxMs: 20_000, patienceMs: 120_000 }

export const REAL_CLOCKWORK: Clockwork = {
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal })
  },
  now: Date.now,
  random: Math.random,
}

/** A failure that may pass by itself; `failure` is what the caller hears when it does not. */
export class Transient extends Error {
  readonly failure: DriverError
  readonly afterMs: number | null
  constructor(failure: DriverError, afterMs: number | null = null) {
    super(failure.message, { cause: failure })
    this.name = 'Transient'
    this.failure = failure
    this.afterMs = afterMs
  }
}

export interface Retrier {
  /**
   * Calls until it succeeds, fails for good, or the tries are used up. `attempt` counts from 0.
   * @throws the signal's reason once aborted, during a wait as well
   */
  <T>(call: (attempt: number) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createRetrier(pace: Pace, clockwork: Clockwork): Retrier {
  return async (call, signal) => {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted()
      try {
        return await call(attempt)
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof Transient)) throw error
        const wait = error.afterMs ?? backoff(pace, attempt, clockwork.random())
        if (attempt + 1 >= pace.attempts || wait > pace.patienceMs) throw error.failure
        await pause(clockwork, wait, signal)
      }
    }
  }
}

/** Half of the wait is left to chance, so that many callers do not return at the same moment. */
function backoff(pace: Pace, attempt: number, chance: number): number {
  return Math.min(pace.maxMs, pace.baseMs * 2 ** attempt) * (0.5 + chance / 2)
}

async function pause(clockwork: Clockwork, ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await clockwork.sleep(ms, signal)
  } catch (error) {
    // A timer wraps the reason in an error of its own.
    signal?.throwIfAborted()
    throw error
  }
}

/** `Retry-After` in milliseconds: seconds or a date; null when absent or unreadable. */
export function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
