import { expect, it } from 'vitest'
import { describeBulk, describeUndo } from './describe-bulk.ts'

it('tells what was done, and what was left out', () => {
  expect(describeBulk('put into the trash', { done: 1, skipped: 0, kept: 0 })).toBe('1 document put into the trash.')
  expect(describeBulk('moved', { done: 12, skipped: 3, kept: 0 })).toBe(
    '12 documents moved. 3 others left as they were: gone, or not yours to change.',
  )
})

it('tells what could not be taken back', () => {
  expect(describeUndo({ done: 9, skipped: 0, kept: 1 })).toBe(
    'Taken back for 9 documents. 1 other changed since, and stay as they are.',
  )
})
