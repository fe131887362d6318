import { describe, expect, it } from 'vitest'
import { ObjectNotFound } from '../driver.errors.ts'
import { expectAbsent, listed, newKey, putBytes, someBytes, type Place } from './harness.ts'

export function shouldKnowWhatIsMissing(place: Place): void {
  describe('missing objects', () => {
    it('has none under a new key', () => expectAbsent(place.driver, newKey()))

    it('says which key is missing, and from whom it knows', async () => {
      const key = newKey()
      const error = await place.driver.get(key, { range: { start: 0, end: 3 } }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(ObjectNotFound)
      expect((error as Error).message).toContain(key)
    })

    it('deletes, and deletes again what is gone', async () => {
      const key = await putBytes(place.driver, someBytes(10))
      await place.driver.delete(key)
      await expectAbsent(place.driver, key)
      await place.driver.delete(key)
      await place.driver.delete(newKey())
    })

    it('deletes one of two neighbours', async () => {
      const [gone, stays] = [newKey('', 'pair'), newKey('', 'pair')]
      await putBytes(place.driver, someBytes(10), gone)
      await putBytes(place.driver, someBytes(11), stays)
      await place.driver.delete(gone)
      expect(await listed(place.driver, 'pair')).toEqual([{ key: stays, size: 11 }])
    })

    it('takes no folder for an object', async () => {
      const key = await putBytes(place.driver, someBytes(10))
      const folder = key.split('/')[0] as typeof key
      expect(await place.driver.stat(folder)).toBeNull()
      await expect(place.driver.get(folder)).rejects.toBeInstanceOf(ObjectNotFound)
      // Whatever it answers, a slip like this must not take a folder's objects along.
      await place.driver.delete(folder).catch(() => {})
      expect(await place.driver.stat(key)).toEqual({ key, size: 10 })
    })
  })
}
