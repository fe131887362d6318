import * as chrono from 'chrono-node'

/** The date of a letter stands in its head. */
const SAMPLE = 5000
const MOST = 5
/** Earlier and later dates are misread numbers. */
const FIRST_YEAR = 1900
const YEARS_AHEAD = 10

const PARSERS: Record<string, { parse(text: string): chrono.ParsedResult[] }> = {
  de: chrono.de.strict,
  fr: chrono.fr.strict,
  es: chrono.es.strict,
  it: chrono.it.strict,
  pt: chrono.pt.strict,
  nl: chrono.nl.strict,
}

/**
 * Full dates in a file's name, then in the beginning of its text, in the order they stand there.
 * A date that two countries read differently is left out.
 */
export function proposeDates(from: { text: string; filename: string; language: string | null }): string[] {
  const found = new Set<string>(dateInName(from.filename))
  const text = from.text.slice(0, SAMPLE)
  const at: { index: number; day: string }[] = []
  for (const match of text.matchAll(/(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g))
    push(at, match.index, match[1], match[2], match[3])
  for (const match of text.matchAll(/(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)/g))
    push(at, match.index, match[3], match[2], match[1])
  const parser = PARSERS[from.language ?? ''] ?? chrono.en.strict
  for (const result of parser.parse(text)) {
    const { start } = result
    if (!start.isCertain('day') || !start.isCertain('month') || !start.isCertain('year')) continue
    if (isAmbiguous(result.text)) continue
    push(at, result.index, start.get('year'), start.get('month'), start.get('day'))
  }
  for (const { day } of at.toSorted((a, b) => a.index - b.index)) {
    if (found.size >= MOST) break
    found.add(day)
  }
  return [...found]
}

type Part = string | number | null | undefined

function push(into: { index: number; day: string }[], index: number, year: Part, month: Part, day: Part): void {
  const text = dayOf(Number(year), Number(month), Number(day))
  if (text) into.push({ index, day: text })
}

/** Null for a day that is not in the calendar, or too far from now. */
function dayOf(year: number, month: number, day: number): string | null {
  if (year < FIRST_YEAR || year > new Date().getUTCFullYear() + YEARS_AHEAD) return null
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  return date.toISOString().slice(0, 10)
}

/** `03/04/2025` is a day in March here and in April there; `13/04/2025` is not. */
function isAmbiguous(text: string): boolean {
  const [, first, second] = /(\d{1,2})\s?[/-]\s?(\d{1,2})\s?[/-]\s?\d{2,4}/.exec(text) ?? []
  return first !== undefined && first !== second && Number(first) <= 12 && Number(second) <= 12
}

function dateInName(filename: string): string[] {
  const [, year, month, day] = /(?<!\d)((?:19|20)\d{2})[-_. ]?(\d{2})[-_. ]?(\d{2})(?!\d)/.exec(filename) ?? []
  const text = year ? dayOf(Number(year), Number(month), Number(day)) : null
  return text ? [text] : []
}
