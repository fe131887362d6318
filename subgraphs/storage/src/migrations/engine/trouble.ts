import type { Clockwork } from './clockwork.ts'

/**
 * Tells a file that cannot be moved from a place that does not work. When several files in a row fail through no fault of
 * their own, one at a time is tried, less and less often, and no file is blamed, until one succeeds.
 */
export interface Trouble {
  readonly active: boolean
  /** A place has failed. @returns whether it is trouble from now on, or still */
  add(): boolean
  /** A file was moved. @returns whether there was trouble until now */
  ended(): boolean
  /** Whether the next try has to wait. */
  mustWait(): boolean
}

const IN_A_ROW = 4
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

export function createTrouble(clock: Pick<Clockwork, 'now'>): Trouble {
  let row = 0
  let notBefore = 0
  return {
    get active() {
      return row >= IN_A_ROW
    },
    add() {
      row += 1
      if (row >= IN_A_ROW)
        notBefore = clock.now() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(row - IN_A_ROW, 10))
      return row >= IN_A_ROW
    },
    ended() {
      const was = row >= IN_A_ROW
      row = 0
      notBefore = 0
      return was
    },
    mustWait: () => row >= IN_A_ROW && clock.now() < notBefore,
  }
}
