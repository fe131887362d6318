import { distance } from './distance.ts'
import { parseDays, parseSize, type DayRange, type SizeRange } from './ranges.ts'

/** A person types no more than this, and more terms are no search any more. */
export const MAX_SEARCH = 500
const MAX_TERMS = 24

/** Something in a search that does not mean what its writer wanted, with its place in the text. */
export interface Problem {
  message: string
  start: number
  end: number
}

/** Words of the text. All groups must match; a group matches by any of its terms. */
export interface Term {
  kind: 'word' | 'phrase' | 'beginning'
  text: string
  negated: boolean
  /** Only in the title. */
  title: boolean
}

export type Filter = { negated: boolean; at: { start: number; end: number } } & (
  | { key: 'category' | 'topic'; name: string }
  | { key: 'type'; names: readonly string[] }
  | { key: 'date' | 'added'; range: DayRange }
  | { key: 'size'; range: SizeRange }
  | { key: 'owner'; who: 'me' | 'others' }
  | { key: 'is'; what: 'shared' | 'failed' | 'trashed' }
  | { key: 'language'; code: string }
)

export interface ParsedSearch {
  groups: Term[][]
  filters: Filter[]
  /** With one of these the search finds nothing, rather than something else than was asked for. */
  problems: Problem[]
  /** The same, where the text was searched as it stands. */
  hints: Problem[]
}

interface Token {
  /** Before the colon, in lower case; null without one. */
  key: string | null
  text: string
  quoted: boolean
  negated: boolean
  start: number
  end: number
}

const KEYS = ['category', 'topic', 'type', 'date', 'added', 'size', 'owner', 'is', 'language', 'title'] as const
type Key = (typeof KEYS)[number]
const SYNONYMS: Record<string, Key> = { in: 'category', tag: 'topic', kind: 'type', lang: 'language', created: 'added' }

/**
 * What a search says: `category:invoices topic:tax date:>2025 type:pdf owner:me "exact words" -draft is:shared`.
 * Any text is a search: what is no filter is a word.
 * @param today the day that `today` means, at midnight UTC
 */
export function parseSearch(search: string, today: Date): ParsedSearch {
  const parsed: ParsedSearch = { groups: [], filters: [], problems: [], hints: [] }
  const tokens = tokenize(search.slice(0, MAX_SEARCH))
  if (tokens.length > MAX_TERMS) {
    const from = tokens[MAX_TERMS] as Token
    parsed.problems.push({ message: `A search has at most ${MAX_TERMS} terms.`, start: from.start, end: search.length })
  }
  let joins = false
  for (const [at, token] of tokens.slice(0, MAX_TERMS).entries()) {
    const isOr = token.key === null && !token.quoted && !token.negated && /^or$/i.test(token.text)
    if (isOr && parsed.groups.length > 0 && at < tokens.length - 1) {
      joins = true
      continue
    }
    const key = keyOf(token, parsed)
    if (key && key !== 'title') {
      addFilter(parsed, key, token, today)
    } else {
      const term = toTerm(token, key === 'title', token.end === search.length)
      const last = parsed.groups.at(-1)
      if (joins && last) last.push(term)
      else parsed.groups.push([term])
    }
    joins = false
  }
  // Whoever typed something meant something: signs alone are not everything there is.
  if (tokens.length === 0 && search.trim() !== '')
    parsed.problems.push({ message: 'There is no word in this search.', start: 0, end: search.length })
  return parsed
}

const TOKEN = /(-)?(?:([A-Za-z]{2,20}):)?(?:"([^"]*)("|$)|(\S+))/g

function tokenize(search: string): Token[] {
  const tokens: Token[] = []
  for (const match of search.matchAll(TOKEN)) {
    const [whole, minus, key, quoted, , bare] = match
    tokens.push({
      key: key?.toLowerCase() ?? null,
      text: quoted ?? bare ?? '',
      quoted: quoted !== undefined,
      negated: minus !== undefined,
      start: match.index,
      end: match.index + whole.length,
    })
  }
  return tokens.filter(({ text, key }) => key !== null || /[\p{L}\p{N}]/u.test(text))
}

/** Which filter a token is, if it is one; a word with a colon that nearly names one earns a hint. */
function keyOf(token: Token, parsed: ParsedSearch): Key | null {
  if (token.key === null) return null
  const named =
    KEYS.find((key) => key === token.key) ?? (Object.hasOwn(SYNONYMS, token.key) ? SYNONYMS[token.key] : null)
  if (named) return named
  const near = token.text.startsWith('//') ? undefined : KEYS.find((key) => distance(key, token.key as string) <= 2)
  if (near && token.key.length > 3) {
    const message = `“${token.key}:” is no filter and was searched as a word. Did you mean “${near}:”?`
    parsed.hints.push({ message, start: token.start, end: token.end })
  }
  return null
}

function toTerm(token: Token, title: boolean, last: boolean): Term {
  const text = token.key !== null && !title ? `${token.key}:${token.text}` : token.text
  const common = { negated: token.negated, title }
  if (token.quoted) return { kind: 'phrase', text, ...common }
  const starred = /^([\p{L}\p{N}]{2,})\*$/u.exec(text)
  if (starred) return { kind: 'beginning', text: starred[1] as string, ...common }
  // The last word may still be being typed.
  const typing = last && !token.negated && /^[\p{L}\p{N}]{2,}$/u.test(text)
  return { kind: typing ? 'beginning' : 'word', text, ...common }
}

function addFilter(parsed: ParsedSearch, key: Exclude<Key, 'title'>, token: Token, today: Date): void {
  const at = { start: token.start, end: token.end }
  const value = token.text.trim()
  const common = { negated: token.negated, at }
  const refuse = (message: string) => parsed.problems.push({ message, ...at })
  if (value === '') return void refuse(`Say what after “${key}:”, for example ${EXAMPLES[key]}.`)
  switch (key) {
    case 'category':
    case 'topic':
      parsed.filters.push({ key, name: value, ...common })
      return
    case 'type': {
      const names = value.toLowerCase().split(',').filter(Boolean)
      parsed.filters.push({ key, names, ...common })
      return
    }
    case 'date':
    case 'added': {
      const range = parseDays(value, today)
      if (range) parsed.filters.push({ key, range, ...common })
      else refuse(`“${value}” is no date. Write ${key}:2025, ${key}:>2025-03 or ${key}:2025-01..2025-06-15.`)
      return
    }
    case 'size': {
      const range = parseSize(value)
      if (range) parsed.filters.push({ key, range, ...common })
      else refuse(`“${value}” is no size. Write size:>5mb or size:100kb..2mb.`)
      return
    }
    case 'owner':
      if (value === 'me' || value === 'others') parsed.filters.push({ key, who: value, ...common })
      else refuse('Write owner:me for your own, or owner:others for what is shared with you.')
      return
    case 'is':
      if (value === 'shared' || value === 'failed' || value === 'trashed')
        parsed.filters.push({ key, what: value, ...common })
      else refuse(`There is is:shared, is:failed and is:trashed, but not “is:${value.slice(0, 40)}”.`)
      return
    case 'language':
      if (/^[a-z]{2,3}$/i.test(value) || value === 'none')
        parsed.filters.push({ key, code: value.toLowerCase(), ...common })
      else refuse('A language is a code such as language:en.')
  }
}

const EXAMPLES: Record<Exclude<Key, 'title'>, string> = {
  category: 'category:invoices',
  topic: 'topic:tax',
  type: 'type:pdf',
  date: 'date:>2025',
  added: 'added:2025-03',
  size: 'size:>5mb',
  owner: 'owner:me',
  is: 'is:shared',
  language: 'language:en',
}
