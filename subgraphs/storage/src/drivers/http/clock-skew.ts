export interface SkewMeter {
  /**
   * Takes the `Date` header of an answer to a request that was sent at `sentAt`. Answers out of a cache, and those that
   * took long, say nothing of the time now.
   */
  note(date: string | null | undefined, sentAt: number, age?: string | null): void
  /** Milliseconds by which the other clock is ahead of ours, by the latest answer that says; null before one has. */
  read(): number | null
}

const LONGEST_ANSWER_MS = 10_000
/** The header tells whole seconds. */
const HALF_SECOND_MS = 500

/** Measures how far the clock of a service is from ours. `now` gives milliseconds since 1970. */
export function createSkewMeter(now: () => number = Date.now): SkewMeter {
  let skew: number | null = null
  return {
    note(date, sentAt, age) {
      const arrived = now()
      const said = Date.parse(date ?? '')
      if (Number.isNaN(said) || arrived - sentAt > LONGEST_ANSWER_MS || (age && age !== '0')) return
      skew = said + HALF_SECOND_MS - (sentAt + arrived) / 2
    },
    read: () => skew,
  }
}
