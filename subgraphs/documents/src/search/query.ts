/** Where a search is split: `prefix` is the last word, still being typed, null when the text does not end in a plain word. */
export interface QueryParts {
  whole: string
  prefix: string | null
}

/**
 * Splits off the last plain word of a search, so that it also finds the words it begins. Quoted phrases, exclusions
 * (`-word`) and `or` stay with PostgreSQL's own search syntax.
 */
export function toQueryParts(search: string): QueryParts {
  const quotes = search.split('"').length - 1
  const match = /(^|\s)([\p{L}\p{N}]{2,})$/u.exec(search)
  if (!match || quotes % 2 === 1 || /(^|\s)or\s+\S+$/i.test(search)) return { whole: search, prefix: null }
  return { whole: search.slice(0, match.index).trim(), prefix: match[2] as string }
}
