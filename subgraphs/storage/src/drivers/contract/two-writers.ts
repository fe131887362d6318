import { describe, expect, it } from 'vitest'
import { DriverError } from '../driver.errors.ts'
import { expectWholeOrAbsent, newKey, putBytes, someBytes, streamOf, type Place } from './harness.ts'

const MIB = 1024 ** 2

export function shouldSettleTwoWriters(place: Place): void {
  describe('two writers of one key', () => {
    it.for([2000, 9 * MIB])('of %d bytes at once: one wins whole, never a mix', async (size) => {
      const key = newKey()
      const [first, second] = [someBytes(size), someBytes(size + 1)]
      const outcomes = await Promise.allSettled([
        place.driver.put(key, streamOf(first), { size: first.length }),
        place.driver.put(key, streamOf(second), { size: second.length }),
      ])
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DriverError)
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
      expect(await expectWholeOrAbsent(place.driver, key, [first, second])).toBe(true)
    })

    it.for([2000, 9 * MIB])(
      'one after the other, %d bytes: the first stays, or the second replaces it whole',
      async (size) => {
        const key = newKey()
        const [first, second] = [someBytes(size), someBytes(size - 1)]
        await putBytes(place.driver, first, key)
        const outcome = await putBytes(place.driver, second, key).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'storage.object_exists' })
        expect(await expectWholeOrAbsent(place.driver, key, [outcome instanceof Error ? first : second])).toBe(true)
      },
    )

    it('a second that breaks leaves the first as it is', async () => {
      const key = newKey()
      const first = someBytes(2000)
      await putBytes(place.driver, first, key)
      await expect(place.driver.put(key, streamOf(someBytes(10)), { size: 2000 })).rejects.toBeInstanceOf(DriverError)
      expect(await expectWholeOrAbsent(place.driver, key, [first])).toBe(true)
    })
  })
}
