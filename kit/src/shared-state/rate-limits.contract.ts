import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RateLimits } from './rate-limits.ts'

export interface RateLimitsHarness {
  rateLimits: RateLimits
  /** A second process on the same store. */
  other: RateLimits
  /** One whose store does not answer. */
  broken: RateLimits
  close(): Promise<void>
}

/** What every RateLimits keeps to. */
export function describeRateLimitsContract(name: string, makeAdapter: () => Promise<RateLimitsHarness>): void {
  describe(`${name} rate limits`, () => {
    let harness: RateLimitsHarness
    beforeAll(async () => {
      harness = await makeAdapter()
    })
    afterAll(() => harness?.close())

    const limit = { points: 3, windowSeconds: 60 }

    it('allows so many tries in a window, counted across processes', async () => {
      const key = randomUUID()
      expect(await harness.rateLimits.consume(key, limit)).toEqual({
        allowed: true,
        remaining: 2,
        retryAfterSeconds: 0,
      })
      expect(await harness.other.consume(key, limit)).toEqual({ allowed: true, remaining: 1, retryAfterSeconds: 0 })
      expect(await harness.rateLimits.consume(key, limit)).toEqual({
        allowed: true,
        remaining: 0,
        retryAfterSeconds: 0,
      })
      const refused = await harness.other.consume(key, limit)
      expect(refused).toMatchObject({ allowed: false, remaining: 0 })
      expect(refused.retryAfterSeconds).toBeGreaterThan(55)
      expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60)
    })

    it('is exact when 50 try at once', async () => {
      const key = randomUUID()
      const tries = Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? harness.rateLimits : harness.other).consume(key, { points: 10, windowSeconds: 60 }),
      )
      expect((await Promise.all(tries)).filter(({ allowed }) => allowed)).toHaveLength(10)
    })

    it('counts keys apart', async () => {
      const [a, b] = [randomUUID(), randomUUID()]
      await harness.rateLimits.consume(a, limit, 3)
      expect((await harness.rateLimits.consume(a, limit)).allowed).toBe(false)
      expect((await harness.rateLimits.consume(b, limit)).allowed).toBe(true)
    })

    it('takes a cost, and refuses one above what is left', async () => {
      const key = randomUUID()
      expect(await harness.rateLimits.consume(key, limit, 2)).toMatchObject({ allowed: true, remaining: 1 })
      expect(await harness.rateLimits.consume(key, limit, 2)).toMatchObject({ allowed: false, remaining: 0 })
    })

    it('opens a new window when the old one ends, which refused tries do not prolong', async () => {
      const key = randomUUID()
      const short = { points: 1, windowSeconds: 1 }
      await harness.rateLimits.consume(key, short)
      await sleep(600)
      expect(await harness.rateLimits.consume(key, short)).toMatchObject({ allowed: false, retryAfterSeconds: 1 })
      await sleep(600)
      expect((await harness.rateLimits.consume(key, short)).allowed).toBe(true)
    })

    it('forgets a key on reset, in every process', async () => {
      const key = randomUUID()
      await harness.rateLimits.consume(key, limit, 4)
      await harness.other.reset(key)
      expect(await harness.rateLimits.consume(key, limit)).toMatchObject({ allowed: true, remaining: 2 })
    })

    it('takes long keys with any characters', async () => {
      const key = `login:${randomUUID()}:ü"';${'x'.repeat(400)}`
      await harness.rateLimits.consume(key, limit, 3)
      expect((await harness.other.consume(key, limit)).allowed).toBe(false)
    })

    it('counts in the process alone while its store does not answer', async () => {
      const key = randomUUID()
      const tries = await Promise.all(Array.from({ length: 5 }, () => harness.broken.consume(key, limit)))
      expect(tries.filter(({ allowed }) => allowed)).toHaveLength(3)
      await harness.broken.reset(key)
      expect((await harness.broken.consume(key, limit)).allowed).toBe(true)
    })

    it('refuses costs and limits that are no whole numbers', async () => {
      await expect(harness.rateLimits.consume('a', limit, 0.5)).rejects.toThrow(RangeError)
      await expect(harness.rateLimits.consume('a', limit, -1)).rejects.toThrow(RangeError)
      await expect(harness.rateLimits.consume('a', { points: 0, windowSeconds: 1 })).rejects.toThrow(RangeError)
    })
  })
}
