import { expect, it } from 'vitest'
import { warningOf } from './place-warning.ts'

const MINUTE = 60_000

it.for([
  ['nothing is said', null, null, null],
  ['all is well', 10 ** 12, 59_000, null],
  ['the clock is a little behind', 10 ** 12, -MINUTE, null],
  ['the clock is ahead', null, 7 * MINUTE, 'Its clock is 7 min ahead of'],
  ['the clock is behind', null, -90 * 1000, 'Its clock is 2 min behind'],
  ['the clock is a minute ahead', null, MINUTE + 1, 'Its clock is 60 s ahead of'],
  ['the clock has another day', null, -26 * 60 * MINUTE, 'Its clock is 26 h behind'],
  ['little is left', 5 * 1024 ** 2 + 1, 0, 'Less than 6 MiB is left'],
  ['nothing is left', 0, 0, 'Less than 1 MiB is left'],
] as const)('a place of which %s', ([, freeBytes, skewMs, sentence]) => {
  const warning = warningOf({ freeBytes, skewMs })
  if (sentence === null) expect(warning).toBeNull()
  else expect(warning).toContain(sentence)
})

it('a place with both troubles tells both', () => {
  expect(warningOf({ freeBytes: 0, skewMs: 3_600_000 })).toMatch(/is left there.*Its clock is 60 min ahead/)
})
