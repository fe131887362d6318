import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { newKey, putBytes, readBytes, someBytes, type DriverSuite, type Place } from './harness.ts'

const MIB = 1024 ** 2
const HOUR = 3_600_000

export function shouldSweep(place: Place, suite: DriverSuite): void {
  describe('sweep', () => {
    const sweep = (before: number) => place.driver.sweep!(new Date(before))

    it('takes away what the writes of dead processes have left, and no object', async () => {
      const bytes = someBytes(1000)
      const key = await putBytes(place.driver, bytes)
      await place.abandon()
      expect(await place.abandoned()).toBeGreaterThan(0)
      expect(await sweep(Date.now() + HOUR)).toBeGreaterThan(0)
      expect(await place.abandoned()).toBe(0)
      expect(await sweep(Date.now() + HOUR)).toBe(0)
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })

    it('leaves alone what is younger than asked for, and a write that is under way', { timeout: 60_000 }, async () => {
      await place.abandon()
      const left = await place.abandoned()
      const bytes = someBytes(12 * MIB)
      const key = newKey()
      async function* slowly() {
        for (let at = 0; at < bytes.length; at += MIB) {
          yield bytes.subarray(at, at + MIB)
          if (at === 9 * MIB) expect(await sweep(Date.now() - HOUR)).toBe(0)
          await sleep(5)
        }
      }
      await place.driver.put(key, Readable.from(slowly(), { objectMode: false }), { size: bytes.length })
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
      expect(await place.abandoned()).toBe(left)
      await sweep(Date.now() + HOUR)
    })

    it('finds nothing at a place that was never written to', async () => {
      const fresh = await suite.open()
      try {
        expect(await fresh.driver.sweep!(new Date(Date.now() + HOUR))).toBe(0)
      } finally {
        await fresh.close()
      }
    })
  })
}
