import { describe, expect, it } from 'vitest'
import type { Place } from './harness.ts'

export function shouldTellFreeSpace(place: Place): void {
  describe('free space', () => {
    it('is a number of bytes, or unknown', async () => {
      const free = await place.driver.freeSpace!()
      expect(free === null || (Number.isInteger(free) && free >= 0)).toBe(true)
    })
  })
}
