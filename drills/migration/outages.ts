import { setTimeout as sleep } from 'node:timers/promises'

/** After a part is back, connections to it are made anew for so long. */
const GRACE_MS = 2000

/** When parts were down that were killed on purpose: what is refused then is no fault of a migration. */
export interface Outages {
  /** Takes a part down with `kill`, keeps it down for a while, and brings it back. */
  take(name: string, part: { kill(): Promise<unknown>; start(): Promise<unknown> }, ms: number): Promise<void>
  /** What was down and when, in words. */
  told(): string[]
  /** Whether a part was down at any moment since then. */
  since(time: number): boolean
}

export function createOutages(): Outages {
  let open = 0
  let last = -Infinity
  const told: string[] = []
  return {
    async take(name, part, ms) {
      open += 1
      const began = new Date()
      try {
        await part.kill()
        await sleep(ms)
        await part.start()
      } finally {
        open -= 1
        last = Date.now() + GRACE_MS
        told.push(`${name} from ${began.toISOString()} to ${new Date().toISOString()}`)
      }
    },
    told: () => told,
    since: (time) => open > 0 || last >= time,
  }
}
