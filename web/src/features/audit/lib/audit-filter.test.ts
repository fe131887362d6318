import { expect, it } from 'vitest'
import { filterOf } from './audit-filter.ts'

const none = { service: '', type: '', actor: '', target: '', from: '', to: '' }
const midnight = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString()

it('filters nothing without a filter, or by what says nothing', () => {
  expect(filterOf(none)).toBeNull()
  expect(filterOf({ ...none, type: ' ', from: 'yesterday', to: '2025-1-1' })).toBeNull()
})

it('takes a last day with all its hours, as the clock of whoever looks has them', () => {
  expect(filterOf({ ...none, from: '2025-12-31', to: '2025-12-31' })).toEqual({
    from: midnight(2025, 12, 31),
    to: midnight(2026, 1, 1),
  })
})

it('leaves out an end that lies before the beginning', () => {
  expect(filterOf({ ...none, from: '2025-12-31', to: '2025-12-01' })).toEqual({ from: midnight(2025, 12, 31) })
})

it('reads a target with and without its id', () => {
  expect(filterOf({ ...none, target: 'User' })).toEqual({ target: { type: 'User' } })
  expect(filterOf({ ...none, target: 'User:a:b' })).toEqual({ target: { type: 'User', id: 'a:b' } })
  expect(filterOf({ ...none, service: 'identity', type: ' x.y.z ', actor: 'a' })).toEqual({
    service: 'identity',
    type: 'x.y.z',
    actorId: 'a',
  })
})
