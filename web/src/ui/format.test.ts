import { expect, it } from 'vitest'
import { formatAgo, formatBytes } from './format.ts'

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
