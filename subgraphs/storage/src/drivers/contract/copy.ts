import { describe, expect, it } from 'vitest'
import { ObjectNotFound } from '../driver.errors.ts'
import { driverErrorOf, expectAbsent, newKey, putBytes, readBytes, someBytes, type Place } from './harness.ts'

export function shouldCopy(place: Place): void {
  describe('copy', () => {
    it.for([0, 10, 20 * 1024 ** 2])('makes a second object of %d bytes that outlives the first', async (size) => {
      const bytes = someBytes(size)
      const from = await putBytes(place.driver, bytes)
      const to = newKey('.copy')
      await place.driver.copy!(from, to)
      expect((await readBytes(place.driver, to)).equals(bytes)).toBe(true)
      await place.driver.delete(from)
      expect((await readBytes(place.driver, to)).equals(bytes)).toBe(true)
      await expectAbsent(place.driver, from)
    })

    it('of a missing object fails, and makes nothing', async () => {
      const to = newKey()
      await expect(place.driver.copy!(newKey(), to)).rejects.toBeInstanceOf(ObjectNotFound)
      await expectAbsent(place.driver, to)
    })

    it('onto other bytes is an error, not a success that copied nothing', async () => {
      const [theirs, ours] = [someBytes(100), someBytes(200)]
      const to = await putBytes(place.driver, theirs)
      const from = await putBytes(place.driver, ours)
      expect((await driverErrorOf(place.driver.copy!(from, to))).code).toBe('storage.object_exists')
      expect((await readBytes(place.driver, to)).equals(theirs)).toBe(true)
    })
  })
}
