/** Days from `from` (inclusive) to `to` (exclusive), as `2025-01-31`; null is open. */
export interface DayRange {
  from: string | null
  to: string | null
}

/** Bytes from `from` (inclusive) to `to` (exclusive); null is open. */
export interface SizeRange {
  from: number | null
  to: number | null
}

/** A day, a month or a year as the days it has; or a number of days, weeks, months or years up to today. Null otherwise. */
function spanOf(text: string, today: Date): { from: Date; to: Date } | null {
  if (text === 'today') return { from: today, to: addDays(today, 1) }
  if (text === 'yesterday') return { from: addDays(today, -1), to: today }
  const match = /^([12]\d{3})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text)
  if (!match) return null
  const [, year, month, day] = match
  const from = new Date(`${year}-${month ?? '01'}-${day ?? '01'}T00:00:00Z`)
  // A day that is none, such as the 31st of February, becomes another one.
  if (Number.isNaN(from.getTime()) || !from.toISOString().startsWith(text)) return null
  if (day) return { from, to: addDays(from, 1) }
  const to = new Date(from)
  if (month) to.setUTCMonth(to.getUTCMonth() + 1)
  else to.setUTCFullYear(to.getUTCFullYear() + 1)
  return { from, to }
}

/** `2025`, `2025-03`, `>2025`, `<=2025-03-09`, `2024..2025-06`, `..2024`, `today`, `30d`: null for anything else. */
export function parseDays(text: string, today: Date): DayRange | null {
  const lower = text.toLowerCase()
  const ago = /^(\d{1,4})([dwmy])$/.exec(lower)
  if (ago) return { from: iso(back(today, Number(ago[1]), ago[2] as string)), to: null }
  const between = /^(.*)\.\.(.*)$/.exec(lower)
  if (between) {
    const first = between[1] ? spanOf(between[1], today) : null
    const last = between[2] ? spanOf(between[2], today) : null
    if ((between[1] && !first) || (between[2] && !last) || (!first && !last)) return null
    return { from: first && iso(first.from), to: last && iso(last.to) }
  }
  const [, sign = '', rest = ''] = /^(>=|<=|>|<|)(.*)$/s.exec(lower) ?? []
  const span = spanOf(rest, today)
  if (!span) return null
  switch (sign) {
    case '>':
      return { from: iso(span.to), to: null }
    case '>=':
      return { from: iso(span.from), to: null }
    case '<':
      return { from: null, to: iso(span.from) }
    case '<=':
      return { from: null, to: iso(span.to) }
    default:
      return { from: iso(span.from), to: iso(span.to) }
  }
}

const UNITS: Record<string, number> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, k: 1e3, m: 1e6, g: 1e9 }

/** `>5mb`, `<=100kb`, `1mb..5mb`: null for anything else. */
export function parseSize(text: string): SizeRange | null {
  const between = /^(.*)\.\.(.*)$/.exec(text)
  if (between) {
    const from = between[1] ? bytesOf(between[1]) : null
    const to = between[2] ? bytesOf(between[2]) : null
    if ((between[1] && from === null) || (between[2] && to === null) || (from === null && to === null)) return null
    return { from, to: to === null ? null : to + 1 }
  }
  const [, sign = '', rest = ''] = /^(>=|<=|>|<|)(.*)$/s.exec(text) ?? []
  const size = bytesOf(rest)
  if (size === null || sign === '') return null
  if (sign === '>') return { from: size + 1, to: null }
  if (sign === '>=') return { from: size, to: null }
  return { from: null, to: sign === '<' ? size : size + 1 }
}

function bytesOf(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([kmg]?b?)$/i.exec(text.trim())
  const unit = match && UNITS[(match[2] ?? '').toLowerCase()]
  return match && unit ? Math.round(Number(match[1]) * unit) : null
}

function back(today: Date, count: number, unit: string): Date {
  const day = new Date(today)
  if (unit === 'd') day.setUTCDate(day.getUTCDate() - count)
  if (unit === 'w') day.setUTCDate(day.getUTCDate() - 7 * count)
  if (unit === 'm') day.setUTCMonth(day.getUTCMonth() - count)
  if (unit === 'y') day.setUTCFullYear(day.getUTCFullYear() - Math.min(count, 1000))
  return day
}

function addDays(day: Date, count: number): Date {
  const moved = new Date(day)
  moved.setUTCDate(moved.getUTCDate() + count)
  return moved
}

const iso = (day: Date): string => day.toISOString().slice(0, 10)
