import { setTimeout as delay } from 'node:timers/promises'

/** Time, so that tests can hold it. */
export interface Clockwork {
  /** Milliseconds since 1970. */
  now(): number
  /** @throws the signal's reason */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export function realClockwork(now: () => number): Clockwork {
  return {
    now,
    async sleep(ms, signal) {
      await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
    },
  }
}

/** Times and sizes by which the engine works. */
export interface Pace {
  /** A worker that has not renewed its leases for so long is dead, and others take its files. */
  leaseMs: number
  renewMs: number
  /** Outcomes are written together, at most so often. */
  flushMs: number
  /** Files looked at in one step of planning. */
  planBatch: number
  /** Files that a worker takes at once. */
  claimBatch: number
  /** Tries of one file, beyond which it counts as failed. */
  attempts: number
  /** Wait before the second try of a file; each further one is twice as long. */
  backoffMs: number
  maxBackoffMs: number
  /** How often a worker looks for work without being called. */
  pollMs: number
}

export const DEFAULT_PACE: Pace = {
  leaseMs: 60_000,
  renewMs: 15_000,
  flushMs: 250,
  planBatch: 2000,
  claimBatch: 128,
  attempts: 8,
  backoffMs: 1000,
  maxBackoffMs: 300_000,
  pollMs: 5000,
}
