import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../lib/random.ts'
import type { ServiceProcess } from '../lib/service-process.ts'
import type { Journal } from './journal.ts'

type Moment = 'last byte' | 'completing'

/** Tells the killer when something tender happens. */
export interface Moments {
  tell(moment: Moment): void
  /** Resolves at the next such moment, or after `withinMs`. */
  next(moment: Moment, withinMs: number): Promise<void>
}

export function createMoments(): Moments {
  const waiting = new Map<Moment, () => void>()
  return {
    tell: (moment) => waiting.get(moment)?.(),
    async next(moment, withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(moment, resolve)
      const timer = setTimeout(resolve, withinMs)
      await promise
      clearTimeout(timer)
      waiting.delete(moment)
    },
  }
}

/** When storage is killed, in parts of the whole. */
const WHEN = { 'at any time': 40, 'after a last byte': 35, 'while completing': 15, 'while starting': 10 }
/** Within these an upload that has its last byte is flushed, named and written down: here a loss would hide. */
const TENDER_MS = 25
const STARTING_MS = 2000

/**
 * Kills storage `kills` times, or as often as there is time for, and starts it again.
 * @param options.gapMs the longest time it is left alone
 * @returns how often it was killed
 */
export async function killOften(
  storage: ServiceProcess,
  options: {
    kills: number
    withinMs: number
    gapMs: number
    random: Random
    moments: Moments
    journal: Journal
    onKill(count: number): void
  },
): Promise<number> {
  const { random, moments, journal, gapMs } = options
  const deadline = performance.now() + options.withinMs
  for (let count = 1; count <= options.kills; count++) {
    if (performance.now() > deadline) return count - 1
    const when = random.weighted(WHEN)
    await sleep(random.between(gapMs / 10, gapMs))
    if (when === 'after a last byte') await moments.next('last byte', gapMs)
    if (when === 'while completing') await moments.next('completing', gapMs)
    if (when !== 'at any time') await sleep(random.next() * TENDER_MS)
    if (when === 'while starting') {
      await storage.kill()
      storage.start()
      await sleep(random.between(0, STARTING_MS))
    }
    if (storage.endedByItself()) journal.blame('storage ended by itself', storage.output().slice(-500))
    await storage.kill()
    journal.count(`killed ${when}`)
    options.onKill(count)
    if (random.chance(0.3)) await sleep(random.between(0, 800))
    storage.start()
    await storage.untilUp()
  }
  return options.kills
}
