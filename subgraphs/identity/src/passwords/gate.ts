import { RateLimitedError } from '@archivolt/kit/errors/domain-error'

export interface Gate {
  /** Runs `work` when its turn comes. @throws RateLimitedError at once when too many wait already */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Lets `atOnce` pieces of work run and `waiting` more wait, first come first served. */
export function createGate({ atOnce, waiting }: { atOnce: number; waiting: number }): Gate {
  const queue: (() => void)[] = []
  let running = 0
  return {
    async run(work) {
      if (running >= atOnce) {
        if (queue.length >= waiting) throw new RateLimitedError(1)
        await new Promise<void>((resolve) => queue.push(resolve))
      } else {
        running++
      }
      try {
        return await work()
      } finally {
        // The place is handed on, so that nobody who comes now overtakes.
        const next = queue.shift()
        if (next) next()
        else running--
      }
    },
  }
}
