import { beforeAll, describe, expect, it } from 'vitest'
import type { ObjectKey } from '../object-key.ts'
import { putBytes, readBytes, someBytes, type Place } from './harness.ts'

const SIZE = 300_000

export function shouldReadRanges(place: Place): void {
  describe('ranges', () => {
    const bytes = someBytes(SIZE)
    let key: ObjectKey
    beforeAll(async () => {
      key = await putBytes(place.driver, bytes)
    })

    it.for([
      ['the first bytes', 0, 99],
      ['one byte', 150_000, 150_000],
      ['the middle', 65_000, 200_000],
      ['the last byte', SIZE - 1, SIZE - 1],
      ['the last bytes', SIZE - 100, SIZE - 1],
      ['the whole', 0, SIZE - 1],
    ] as const)('reads %s', async ([, start, end]) => {
      const part = await readBytes(place.driver, key, { start, end })
      expect(part.length).toBe(end - start + 1)
      expect(part.equals(bytes.subarray(start, end + 1))).toBe(true)
    })

    it('reads several ranges of one object at once', async () => {
      const starts = [0, 50_000, 100_000, 150_000, 200_000, 250_000]
      const parts = await Promise.all(
        starts.map((start) => readBytes(place.driver, key, { start, end: start + 49_999 })),
      )
      expect(Buffer.concat(parts).equals(bytes)).toBe(true)
    })
  })
}
