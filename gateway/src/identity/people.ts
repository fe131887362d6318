import type { Viewer } from '@archivolt/kit/identity/identity'

/** What a person may do right now, as identity says it. */
export interface Person {
  active: boolean
  role: Viewer['role']
  /** Names of the groups. */
  groups: readonly string[]
  groupIds: readonly string[]
  /** Ids of the features the person may use. */
  apps: readonly string[]
  /** While none of them is claimed in the shared state, this is current. */
  stamps: readonly string[]
}

/** Asks identity; null for nobody. Rejects when identity does not answer. */
export type LookUpPerson = (claimed: Viewer) => Promise<Person | null>

export interface People {
  /** As remembered, or asked for. Whether it is still current, its stamps tell. */
  known(claimed: Viewer): Promise<Person | null>
  /** Asked for anew; a question that somebody else began after `since` (of `clock()`) will do. */
  refresh(claimed: Viewer, since: number): Promise<Person | null>
  clock(): number
}

/** Less than the time for which identity marks what is out of date. */
const KEEP_MS = 5 * 60_000
const MAX_KEPT = 10_000

/** Remembers what identity says of people, so that a request costs no question as long as nothing has changed. */
export function createPeople(lookUp: LookUpPerson, now: () => number = Date.now): People {
  const kept = new Map<string, { answer: Promise<Person | null>; until: number; began: number }>()
  let ticks = 0

  const ask = (claimed: Viewer): Promise<Person | null> => {
    const { userId } = claimed
    const entry = { answer: lookUp(claimed), until: now() + KEEP_MS, began: ++ticks }
    kept.delete(userId)
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string)
    kept.set(userId, entry)
    // Whoever waits for it hears of the failure; the next one asks anew.
    entry.answer.catch(() => {
      if (kept.get(userId) === entry) kept.delete(userId)
    })
    return entry.answer
  }

  return {
    known(claimed) {
      const entry = kept.get(claimed.userId)
      return entry && entry.until > now() ? entry.answer : ask(claimed)
    },
    refresh(claimed, since) {
      const entry = kept.get(claimed.userId)
      return entry && entry.began > since ? entry.answer : ask(claimed)
    },
    clock: () => ticks,
  }
}
