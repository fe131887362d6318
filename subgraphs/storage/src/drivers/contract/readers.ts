import { describe, expect, it } from 'vitest'
import { newKey, putBytes, readALittle, readBytes, someBytes, type Place } from './harness.ts'

export function shouldFreeConnections(place: Place): void {
  describe('readers that leave', () => {
    it('free their connections: a hundred of them do not keep the next one waiting', async () => {
      const bytes = someBytes(2 * 1024 ** 2)
      const key = newKey()
      await putBytes(place.driver, bytes, key)
      for (let round = 0; round < 5; round++) {
        const streams = await Promise.all(Array.from({ length: 20 }, () => place.driver.get(key)))
        await Promise.all(streams.map(readALittle))
      }
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })

    it('read slowly without loss', async () => {
      const bytes = someBytes(1024 ** 2)
      const key = await putBytes(place.driver, bytes)
      const chunks: Buffer[] = []
      for await (const chunk of await place.driver.get(key)) {
        chunks.push(chunk as Buffer)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    })
  })
}
