import { describe, expect, it } from 'vitest'
import { asObjectKey, mintObjectKey, type ObjectKey } from '../object-key.ts'
import { listed, putBytes, readBytes, someBytes, streamOf, type Place } from './harness.ts'

export function shouldKeepKeysApart(place: Place): void {
  describe('keys', () => {
    it.for([
      'scan.PDF',
      'archive.tar.gz',
      'ohne',
      'Übersicht 2024.dócx',
      'a%20b.txt',
      'x.c++',
      '.htaccess',
      'name.',
      'weird?.p#f',
      '../../etc/passwd',
    ])('takes the minted key of a file named %s', async (filename) => {
      const bytes = someBytes(20)
      const key = mintObjectKey('0199-owner', '0199-document', filename)
      await putBytes(place.driver, bytes, key)
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
      expect(await listed(place.driver, key)).toEqual([{ key, size: 20 }])
    })

    it('takes segments with dots, dashes and underscores, and the longest that there are', async () => {
      for (const key of [
        'a.b/c-d/e_f',
        `${'x'.repeat(100)}/${'y'.repeat(100)}/${'z'.repeat(100)}`,
        '0/1/2/3/4/5/6/7/8/9',
      ] as ObjectKey[]) {
        await putBytes(place.driver, someBytes(3), key)
        expect(await place.driver.stat(key)).toEqual({ key, size: 3 })
      }
    })

    it.for([
      '../escape',
      'a/../../b',
      '/absolute',
      'a//b',
      '',
      'a/',
      '.hidden/x',
      'a/.staging',
      'a\\b',
      'a b',
      'ü',
      'a\0b',
    ])('refuses %j, which is no key', async (text) => {
      expect(asObjectKey(text)).toBeNull()
      const key = text as ObjectKey
      await expect(place.driver.put(key, streamOf(someBytes(1)), { size: 1 })).rejects.toThrow()
      await expect(place.driver.get(key)).rejects.toThrow()
      await expect(place.driver.delete(key)).rejects.toThrow()
    })
  })
}
