import { expect, it } from 'vitest'
import { formatAgo, formatBytes, formatDuration, formatShare } from './format.ts'

it.each([
  [0, /^0 bytes?$/],
  [1, /^1 byte$/],
  [999, /^999 bytes$/],
  [1000, /^1 kB$/],
  [1234, /^1\.2 kB$/],
  [15_960, /^16 kB$/],
  [999_499, /^999 kB$/],
  [999_600, /^1 MB$/],
  [2_000_000_000, /^2 GB$/],
  [9_007_199_254_740_991, /^9,007 TB$/],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toMatch(text))

const now = Date.parse('2025-11-21T12:00:00Z')
it.each([
  ['2025-11-21T12:00:30Z', 'just now'],
  ['2025-11-21T11:59:57Z', 'just now'],
  ['2025-11-21T11:59:48Z', '12 sec. ago'],
  ['2025-11-21T11:58:01Z', '1 min. ago'],
  ['2025-11-21T09:00:00Z', '3 hr. ago'],
  ['2025-11-19T11:00:00Z', '2 days ago'],
])('%s was %s', (at, text) => expect(formatAgo(at, now)).toBe(text))

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [3_540, '59 min'],
  [3_600, '1 h'],
  [5_400, '1 h 30 min'],
  [86_400, '1 day'],
  [7 * 86_400 - 3_600, '6 days 23 h'],
  [40 * 86_400 + 7_200, '40 days'],
])('%d seconds last %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

it.each([
  [0, 0, '0%'],
  [1, 3, '33%'],
  [99_999, 100_000, '99%'],
  [5, 5, '100%'],
])('%d of %d is %s', (part, whole, text) => expect(formatShare(part, whole)).toBe(text))
