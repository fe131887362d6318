import { describe, expect, it } from 'vitest'
import { ObjectNotFound } from '../driver.errors.ts'
import { newKey, putBytes, sha256, someBytes, type Place } from './harness.ts'

export function shouldChecksum(place: Place): void {
  describe('checksum', () => {
    it.for([0, 10, 20 * 1024 ** 2])('of %d bytes is their SHA-256, or none', async (size) => {
      const bytes = someBytes(size)
      const key = await putBytes(place.driver, bytes)
      expect([sha256(bytes), null]).toContain(await place.driver.checksum!(key))
    })

    it('is known for a small object', async () => {
      const bytes = someBytes(1000)
      const key = await putBytes(place.driver, bytes)
      expect(await place.driver.checksum!(key)).toBe(sha256(bytes))
    })

    it('of a missing object fails', async () => {
      await expect(place.driver.checksum!(newKey())).rejects.toBeInstanceOf(ObjectNotFound)
    })
  })
}
