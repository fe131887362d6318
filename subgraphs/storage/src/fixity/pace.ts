import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StorageDriver } from '../drivers/driver.ts'
import type { ObjectKey } from '../drivers/object-key.ts'

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

/** Reads an object to its end. @throws DriverError, the signal's reason */
export async function digestOf(
  driver: StorageDriver,
  key: ObjectKey,
  pace: Pace,
  signal: AbortSignal,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of (await driver.get(key, { signal })) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
    await pace.spend(chunk.length, signal)
  }
  return { size, sha256: hash.digest('hex') }
}
