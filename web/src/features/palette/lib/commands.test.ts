import { expect, it } from 'vitest'
import { matching, PLACES } from './commands.ts'

const found = (typed: string) => matching(PLACES, typed).map(({ id }) => id)

it('finds places by their name and by other words for them', () => {
  expect(found('stor')).toEqual(['storage'])
  expect(found('MOVE s3')).toEqual(['storage'])
  expect(found('password')).toEqual(['security'])
  expect(found('zebra')).toEqual([])
  expect(found('')).toHaveLength(PLACES.length)
})
