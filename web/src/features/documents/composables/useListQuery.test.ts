import { expect, it } from 'vitest'
import { orderFromQuery, ordersFor, orderToQuery } from './useListQuery.ts'

it('writes the order into the address and reads it back, and takes anything else for the usual one', () => {
  for (const { value } of ordersFor(true)) expect(orderFromQuery(orderToQuery(value))).toBe(value)
  expect(orderToQuery('DATE_NEWEST')).toBe('date-newest')
  expect(orderToQuery('RELEVANCE')).toBeUndefined()
  expect([orderFromQuery('sideways'), orderFromQuery(undefined), orderFromQuery(['title'])]).toEqual([
    'RELEVANCE',
    'RELEVANCE',
    'RELEVANCE',
  ])
})

it('offers the best match only where words are searched', () => {
  expect(ordersFor(true)[0]!.label).toBe('Best match')
  expect(ordersFor(false).map(({ label }) => label)).not.toContain('Best match')
  expect(ordersFor(false).filter(({ label }) => label === 'Newest first')).toHaveLength(1)
})
