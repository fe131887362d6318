import type { DayRange, SizeRange } from './ranges.ts'
import type { Problem } from './parse-search.ts'

/** A search, ready to be asked: names are ids, words are a query of PostgreSQL's. */
export interface SearchPlan {
  /** Text of a tsquery; null when nothing is said about words. */
  query: string | null
  /** The same for words that the title must have. */
  titleQuery: string | null
  /** Any of the words that must be there: what is marked in a text. */
  marks: string | null
  /** The words as they were typed, in lower case, the longest first: where a text is looked into. */
  words: string[]
  /** Keys of the index: of each group at least one must be there. */
  anyOf: string[][]
  /** Keys of which none may be there. */
  noneOf: string[]
  days: (DayRange & { negated: boolean })[]
  added: (DayRange & { negated: boolean })[]
  sizes: (SizeRange & { negated: boolean })[]
  /** Looks into the person's trash, and nowhere else. */
  trashed: boolean
  /** It cannot find anything, for a reason that `problems` tells. */
  impossible: boolean
  problems: Problem[]
  hints: Problem[]
}

/** Whether the plan asks for anything at all. */
export function asksNothing(plan: SearchPlan): boolean {
  return (
    plan.query === null &&
    plan.titleQuery === null &&
    plan.anyOf.length + plan.noneOf.length + plan.days.length + plan.added.length + plan.sizes.length === 0 &&
    !plan.trashed &&
    !plan.impossible
  )
}
