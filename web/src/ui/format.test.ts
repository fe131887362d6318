import { expect, it } from 'vitest'
import { formatBytes } from './format.ts'

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
