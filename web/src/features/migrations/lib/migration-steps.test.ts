import { describe, expect, it } from 'vitest'
import { isCurrent, isTold, limitFrom, lookOf, stepsFor, tellEvent } from './migration-steps.ts'

describe('what may be done with a migration', () => {
  it('follows its state', () => {
    expect(stepsFor({ state: 'RUNNING', release: null })).toEqual(['pause', 'throttle', 'rollBack', 'cancel'])
    expect(stepsFor({ state: 'PAUSED', release: null })).toEqual(['resume', 'throttle', 'rollBack', 'cancel'])
    expect(stepsFor({ state: 'READY_TO_FINISH', release: null })).toEqual(['finish', 'rollBack', 'cancel'])
    expect(stepsFor({ state: 'ROLLING_BACK', release: null })).toEqual(['pause', 'throttle'])
    expect(stepsFor({ state: 'CANCELLED', release: null })).toEqual([])
  })

  it('offers the way back until the old copies are being deleted', () => {
    expect(stepsFor({ state: 'FINISHED', release: 'RETAINED' })).toEqual(['rollBack'])
    expect(stepsFor({ state: 'FINISHED', release: 'HELD' })).toEqual(['allowRelease', 'rollBack'])
    expect(stepsFor({ state: 'FINISHED', release: 'DELETING' })).toEqual([])
  })
})

it('is shown as long as it concerns now, and listened to as long as the server tells of it', () => {
  const both = (state: 'PAUSED' | 'FINISHED' | 'CANCELLED', release: 'RETAINED' | 'DELETING' | 'DONE' | null) => [
    isCurrent({ state, release }),
    isTold({ state, release }),
  ]
  expect(both('PAUSED', null)).toEqual([true, true])
  expect(both('FINISHED', 'RETAINED')).toEqual([true, false])
  expect(both('FINISHED', 'DELETING')).toEqual([true, true])
  expect(both('FINISHED', 'DONE')).toEqual([false, false])
  expect(both('CANCELLED', null)).toEqual([false, false])
})

it('tells a rollback from a cancellation', () => {
  expect(lookOf({ state: 'CANCELLED', rolledBackAt: null }).label).toBe('Cancelled')
  expect(lookOf({ state: 'CANCELLED', rolledBackAt: '2025-11-01T10:00:00Z' }).label).toBe('Rolled back')
})

it('tells events, those it does not know too', () => {
  expect(tellEvent('rolling_back')).toBe('Rollback began')
  expect(tellEvent('something_new')).toBe('Something new')
})

it('reads a limit of speed', () => {
  expect([limitFrom(''), limitFrom('12'), limitFrom(' 0,5 ')]).toEqual([null, 12_000_000, 500_000])
  expect([limitFrom('fast'), limitFrom('0'), limitFrom('-1')]).toEqual([NaN, NaN, NaN])
})
