import { describe, expect, it } from 'vitest'
import { toObjectKey } from '../object-key.ts'
import { listed, newKey, putBytes, someBytes, type DriverSuite, type Place } from './harness.ts'

export function shouldList(place: Place, suite: DriverSuite): void {
  describe('listing', () => {
    it('is empty below a prefix without objects', async () => {
      expect(await listed(place.driver, 'nobody/nothing')).toEqual([])
    })

    it('goes by whole segments: foo is not foobar', async () => {
      const keys = ['foo/a/1', 'foo/b', 'foobar/c', 'foo-bar/d', 'foo.bar/e', 'fo/f'].map(toObjectKey)
      for (const [size, key] of keys.entries()) await putBytes(place.driver, someBytes(size), key)
      expect(await listed(place.driver, 'foo')).toEqual([
        { key: 'foo/a/1', size: 0 },
        { key: 'foo/b', size: 1 },
      ])
      expect(await listed(place.driver, 'foo/b')).toEqual([{ key: 'foo/b', size: 1 }])
      expect(await listed(place.driver, 'foo/a')).toEqual([{ key: 'foo/a/1', size: 0 }])
    })

    it('finds everything of a place that is not empty, with its size', { timeout: 120_000 }, async () => {
      const fresh = await suite.open()
      try {
        expect(await listed(fresh.driver, '')).toEqual([])
        const count = suite.objectsOfTwoPages ?? 1005
        const keys = Array.from({ length: count }, (_, index) => newKey('.txt', `many/folder-${index % 3}`))
        const waiting = keys.entries()
        const worker = async () => {
          for (const [index, key] of waiting) await putBytes(fresh.driver, Buffer.alloc(index % 7, 'x'), key)
        }
        await Promise.all(Array.from({ length: 16 }, worker))
        const expected = keys.map((key, index) => ({ key, size: index % 7 })).sort((a, b) => (a.key < b.key ? -1 : 1))
        expect(await listed(fresh.driver, '')).toEqual(expected)
        expect(await listed(fresh.driver, 'many/folder-1')).toEqual(
          expected.filter(({ key }) => key.includes('folder-1')),
        )
      } finally {
        await fresh.close()
      }
    })

    it('goes on after any object that an earlier listing gave', async () => {
      const folder = newKey().split('/')[0]!
      const keys = ['a/1', 'a/2', 'a-b/1', 'a.b/1', 'b', 'c/d/1', 'c/d/2', 'c/e'].map((name) =>
        toObjectKey(`${folder}/${name}`),
      )
      for (const key of keys) await putBytes(place.driver, someBytes(1), key)
      const all = (await Array.fromAsync(place.driver.list(folder))).map(({ key }) => key)
      expect([...all].sort()).toEqual([...keys].sort())
      for (const [at, after] of all.entries()) {
        const rest = (await Array.fromAsync(place.driver.list(folder, { after }))).map(({ key }) => key)
        expect(rest).toEqual(expect.arrayContaining(all.slice(at + 1)))
        expect(all).toEqual(expect.arrayContaining(rest))
      }
    })

    it('may be left in the middle', async () => {
      for await (const { key } of place.driver.list('')) {
        expect(key).toBeTruthy()
        break
      }
    })
  })
}
