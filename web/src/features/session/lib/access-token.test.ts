import { describe, expect, it } from 'vitest'
import { holdToken } from './access-token.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const staleAfter = (expiresAt: string) => holdToken('t', expiresAt, now).staleAt - now

describe('holdToken', () => {
  it('counts a token as stale a little before it expires', () => {
    expect(staleAfter('2026-01-01T12:15:00Z')).toBe(15 * 60_000 - 20_000)
  })

  it('uses most of a very short token', () => {
    expect(staleAfter('2026-01-01T12:00:04Z')).toBe(3200)
  })

  it('does not refresh without end on a device whose clock runs ahead', () => {
    expect(staleAfter('2026-01-01T11:00:00Z')).toBe(30_000)
    expect(staleAfter('not a date')).toBe(30_000)
  })
})
