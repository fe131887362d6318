/** What a client believes of a file it tried to put into the vault. */
export type Belief =
  /** The vault said that it has it. */
  | 'complete'
  /** The vault said that it forgot it. */
  | 'aborted'
  /** The vault said that it deleted it for good. */
  | 'purged'
  /** Begun and left as it was. */
  | 'left'
  /** Completed, without staying for the answer. */
  | 'unclear'
  /** The vault refused it, as it should. */
  | 'refused'

export interface Entry {
  client: number
  number: number
  deed: string
  size: number
  sha256: string
  /** The row id, once there is one. */
  documentId?: string
  belief: Belief
  /** In text files: a word at the very end that nothing else has. */
  lastWord?: string
}

/** What the vault did that no vault may do. */
export interface Fault {
  what: string
  where: string
}

export interface Journal {
  entries: Entry[]
  faults: Fault[]
  /** How often something happened that is worth telling. */
  counts: Map<string, number>
  count(what: string, by?: number): void
  blame(what: string, where: string): void
}

export function createJournal(): Journal {
  const counts = new Map<string, number>()
  const faults: Fault[] = []
  return {
    entries: [],
    faults,
    counts,
    count: (what, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),
    blame: (what, where) => void faults.push({ what, where }),
  }
}
