import { setTimeout as sleep } from 'node:timers/promises'

export interface Pace {
  /** Resolves when so much more work may be done. @throws the signal's reason */
  spend(amount: number, signal: AbortSignal): Promise<void>
}

/** Waits as often as it takes to stay at `perSecond`, counted from the first call. What was not used is not saved up. */
export function createPace(
  perSecond: number,
  clock: { now(): number; wait(ms: number, signal: AbortSignal): Promise<void> } = MACHINE,
): Pace {
  let free = 0
  return {
    async spend(amount, signal) {
      const now = clock.now()
      const pause = free - now
      free = Math.max(free, now) + (amount / perSecond) * 1000
      if (pause >= SHORTEST_MS) await clock.wait(pause, signal)
    },
  }
}

/** A timer is not finer than this. */
const SHORTEST_MS = 5
const MACHINE = {
  now: () => performance.now(),
  wait: (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }),
}
