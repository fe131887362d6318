/** The filters that a search can carry as text; whatever stands before another colon is a word. */
const FILTERS = /^-?(category|in|topic|tag|type|date|added|size|owner|is|language|title):/i

/** The parts of a search, split at spaces outside of quotes. */
export function splitTerms(search: string): string[] {
  return search.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []
}

/** `topic:tax`, or `topic:"to do"`. A quotation mark inside of a name cannot be written, and is left out. */
export function term(filter: string, value: string): string {
  const clean = value.replaceAll('"', '')
  return /^[^\s,()-][^\s,()]*$/.test(clean) ? `${filter}:${clean}` : `${filter}:"${clean}"`
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export const hasTerm = (search: string, wanted: string): boolean =>
  splitTerms(search).some((each) => same(each, wanted))

export const dropTerm = (search: string, unwanted: string): string =>
  splitTerms(search)
    .filter((each) => !same(each, unwanted))
    .join(' ')

/** With the term, or without it when it is there. */
export const toggleTerm = (search: string, wanted: string): string =>
  hasTerm(search, wanted) ? dropTerm(search, wanted) : [...splitTerms(search), wanted].join(' ')

/** The filters of a search, each of which can be taken away alone. */
export const filtersOf = (search: string): string[] => splitTerms(search).filter((each) => FILTERS.test(each))

/** Whether words are searched, by which matches can be ranked and shown. */
export const hasWords = (search: string): boolean => splitTerms(search).some((each) => !FILTERS.test(each))
