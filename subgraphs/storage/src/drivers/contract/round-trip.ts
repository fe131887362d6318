import { describe, expect, it } from 'vitest'
import { listed, newKey, readBytes, sha256, someBytes, streamOf, type Place } from './harness.ts'

export function shouldRoundTrip(place: Place): void {
  describe('round trip', () => {
    it.for([0, 1, 1000, 65_536, 1_000_003])('gives back the same %d bytes', async (size) => {
      const bytes = someBytes(size)
      const key = newKey('.pdf')
      expect(await place.driver.put(key, streamOf(bytes), { size, contentType: 'application/pdf' })).toEqual({
        key,
        size,
      })
      expect(sha256(await readBytes(place.driver, key))).toBe(sha256(bytes))
      expect(await place.driver.stat(key)).toEqual({ key, size })
      expect(await listed(place.driver, key)).toEqual([{ key, size }])
    })

    it.for([0, 70_000])('takes %d bytes whose length nobody announced', async (size) => {
      const bytes = someBytes(size)
      const key = newKey()
      expect(await place.driver.put(key, streamOf(bytes))).toEqual({ key, size })
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })

    it('keeps twenty objects apart that are written at once into the same new folder', async () => {
      const folder = newKey().split('/')[0]
      const objects = Array.from({ length: 20 }, (_, index) => ({
        key: newKey('', folder),
        bytes: someBytes(1000 + index),
      }))
      await Promise.all(objects.map(({ key, bytes }) => place.driver.put(key, streamOf(bytes), { size: bytes.length })))
      for (const { key, bytes } of objects) expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })
  })
}
