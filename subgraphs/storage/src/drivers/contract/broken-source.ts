import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { SourceFailed, WrongSize } from '../driver.errors.ts'
import { causesOf, driverErrorOf, expectAbsent, newKey, readBytes, someBytes, streamOf, type Place } from './harness.ts'

const MIB = 1024 ** 2
/** Below one part, and in the second of several. */
const SIZES = [5000, 12 * MIB]

export function shouldSurviveBrokenSources(place: Place): void {
  describe('a source that breaks', () => {
    it.for(SIZES)('fails after %d bytes: nothing is readable, and its error is kept', async (size) => {
      const key = newKey()
      const reason = new Error('the scanner was unplugged')
      const error = await driverErrorOf(place.driver.put(key, breaking(size, reason), { size: size + 1000 }))
      expect(error).toBeInstanceOf(SourceFailed)
      expect(causesOf(error)).toContain(reason)
      await expectAbsent(place.driver, key)
    })

    it('fails after some bytes whose length nobody announced: nothing is readable', async () => {
      const key = newKey()
      expect(await driverErrorOf(place.driver.put(key, breaking(5000, new Error('gone'))))).toBeInstanceOf(SourceFailed)
      await expectAbsent(place.driver, key)
    })

    it('failed before it was read', async () => {
      const key = newKey()
      const source = streamOf(someBytes(10))
      const outcome = driverErrorOf(place.driver.put(key, source, { size: 10 }))
      source.destroy(new Error('at once'))
      expect(await outcome).toBeInstanceOf(SourceFailed)
      await expectAbsent(place.driver, key)
    })

    it('is closed without an end', async () => {
      const key = newKey()
      expect(await driverErrorOf(place.driver.put(key, breaking(5000, undefined), { size: 6000 }))).toBeInstanceOf(
        SourceFailed,
      )
      await expectAbsent(place.driver, key)
    })

    it.for(SIZES)('ends one byte before the announced %d', async (size) => {
      const key = newKey()
      const error = await driverErrorOf(place.driver.put(key, streamOf(someBytes(size - 1)), { size }))
      expect(error).toBeInstanceOf(WrongSize)
      expect((error as WrongSize).got).toBe(size - 1)
      await expectAbsent(place.driver, key)
    })

    it.for(SIZES)('goes on after the announced %d bytes', async (size) => {
      const key = newKey()
      const error = await driverErrorOf(place.driver.put(key, streamOf(someBytes(size + 1)), { size }))
      expect(error).toBeInstanceOf(WrongSize)
      expect((error as WrongSize).got).toBeGreaterThan(size)
      await expectAbsent(place.driver, key)
    })

    it('is empty where bytes were announced, and full where none were', async () => {
      const keys = [newKey(), newKey()] as const
      expect(await driverErrorOf(place.driver.put(keys[0], streamOf(Buffer.alloc(0)), { size: 1 }))).toBeInstanceOf(
        WrongSize,
      )
      expect(await driverErrorOf(place.driver.put(keys[1], streamOf(Buffer.alloc(1)), { size: 0 }))).toBeInstanceOf(
        WrongSize,
      )
      for (const key of keys) await expectAbsent(place.driver, key)
    })

    it('is let go of, however the put ends', async () => {
      const [tooLong, whole] = [streamOf(someBytes(10_000)), streamOf(someBytes(10))]
      await driverErrorOf(place.driver.put(newKey(), tooLong, { size: 10 }))
      await place.driver.put(newKey(), whole, { size: 10 })
      expect([tooLong.destroyed, whole.destroyed]).toEqual([true, true])
    })

    it('leaves the key free for a second attempt', async () => {
      const key = newKey()
      const bytes = someBytes(2000)
      await driverErrorOf(place.driver.put(key, breaking(1000, new Error('once')), { size: 2000 }))
      await place.driver.put(key, streamOf(bytes), { size: 2000 })
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })
  })
}

/** Gives so many bytes, then fails; without a reason it closes as a lost connection does. */
function breaking(size: number, reason: Error | undefined): Readable {
  let left = size
  return new Readable({
    read() {
      if (left === 0) {
        this.destroy(reason)
        return
      }
      const chunk = someBytes(Math.min(left, 64 * 1024))
      left -= chunk.length
      this.push(chunk)
    },
  })
}
