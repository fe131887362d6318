import { expect, it } from 'vitest'
import { describeFixity } from './describe-scan.ts'

const counts = (damaged: number, missing: number, repaired: number) => ({
  ok: 10 - damaged - missing,
  damaged,
  missing,
  repaired,
  checked: 10,
})

it('says that all is well, or what is not', () => {
  expect(describeFixity(counts(0, 0, 0))).toEqual({ text: 'All 10 copies are what was stored.', good: true })
  expect(describeFixity(counts(1, 2, 0))).toEqual({
    text: '1 copy is damaged or unreadable, 2 copies are missing; 7 copies are right.',
    good: false,
  })
})

it('is content once everything was made anew', () => {
  expect(describeFixity(counts(0, 1, 1))).toEqual({
    text: '1 copy is missing; 9 copies are right. 1 copy was made anew from a good one.',
    good: true,
  })
})
