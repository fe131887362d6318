import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayStore } from './replay.ts'

export interface ReplayHarness {
  replay: ReplayStore
  /** A second process on the same store. */
  other: ReplayStore
  /** A store whose server does not answer. */
  broken: ReplayStore
  close(): Promise<void>
}

/** What every ReplayStore keeps to. */
export function describeReplayContract(name: string, makeAdapter: () => Promise<ReplayHarness>): void {
  describe(`${name} replay store`, () => {
    let harness: ReplayHarness
    beforeAll(async () => {
      harness = await makeAdapter()
    })
    afterAll(() => harness?.close())

    it('gives a key to the first claimer only', async () => {
      const key = `ticket:${randomUUID()}`
      expect(await harness.replay.has([key])).toBe(false)
      expect(await harness.replay.claim(key, 60)).toBe(true)
      expect(await harness.replay.claim(key, 60)).toBe(false)
      expect(await harness.other.claim(key, 60)).toBe(false)
      expect(await harness.other.has([key])).toBe(true)
    })

    it('gives a key to exactly one of 50 that claim at once', async () => {
      for (let round = 0; round < 5; round++) {
        const key = `race:${randomUUID()}`
        const claims = Array.from({ length: 50 }, (_, i) => (i % 2 ? harness.replay : harness.other).claim(key, 60))
        expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
      }
    })

    it('gives an expired key to exactly one of 50 that claim at once', async () => {
      const key = `expired:${randomUUID()}`
      await harness.replay.claim(key, 0.05)
      await sleep(100)
      const claims = Array.from({ length: 50 }, (_, i) => (i % 2 ? harness.replay : harness.other).claim(key, 60))
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
    })

    it('forgets a key when its time is over, not before', async () => {
      const key = `short:${randomUUID()}`
      await harness.replay.claim(key, 0.4)
      await harness.replay.claim(key, 60)
      expect(await harness.replay.has([key])).toBe(true)
      await sleep(500)
      expect(await harness.replay.has([key])).toBe(false)
    })

    it('finds one claimed key among several, and none among none', async () => {
      const key = `session:${randomUUID()}`
      await harness.replay.claim(key, 60)
      expect(await harness.replay.has(['a', key, 'b'])).toBe(true)
      expect(await harness.replay.has(['a', 'b'])).toBe(false)
      expect(await harness.replay.has([])).toBe(false)
    })

    it('refuses a time that is not positive', async () => {
      await expect(harness.replay.claim('never', 0)).rejects.toThrow(RangeError)
      await expect(harness.replay.claim('never', Number.NaN)).rejects.toThrow(RangeError)
    })

    it('fails closed when its server does not answer', async () => {
      await expect(harness.broken.claim('a', 60)).rejects.toThrow()
      await expect(harness.broken.has(['a'])).rejects.toThrow()
    })
  })
}
