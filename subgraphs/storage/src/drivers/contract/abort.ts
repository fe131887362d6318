import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { expectAbsent, newKey, putBytes, readBytes, someBytes, stalledStream, streamOf, type Place } from './harness.ts'

const MIB = 1024 ** 2
const reason = new Error('the user went away')

export function shouldAbort(place: Place): void {
  describe('abort', () => {
    it('before a put: nothing is written, and the source is let go', async () => {
      const key = newKey()
      const source = streamOf(someBytes(1000))
      await expect(place.driver.put(key, source, { size: 1000, signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      )
      expect(source.destroyed).toBe(true)
      await expectAbsent(place.driver, key)
    })

    it.for([1000, 20 * MIB])(
      'while a source stalls after %d bytes: the put ends at once, and nothing is readable',
      async (size) => {
        const key = newKey()
        const controller = new AbortController()
        const put = place.driver.put(key, stalledStream(someBytes(size)), { size: size + 1, signal: controller.signal })
        setTimeout(() => controller.abort(reason), 200)
        const started = performance.now()
        await expect(put).rejects.toBe(reason)
        expect(performance.now() - started).toBeLessThan(8000)
        await expectAbsent(place.driver, key)
      },
    )

    // Somewhere between these moments the last byte has arrived and the object is being made readable.
    it.for([0, 2, 5, 10, 20, 40])(
      '%d ms into a put that would succeed: the object is whole, or the put failed and it is absent',
      async (ms) => {
        const key = newKey()
        const bytes = someBytes(MIB)
        const controller = new AbortController()
        const put = place.driver.put(key, streamOf(bytes), { size: bytes.length, signal: controller.signal }).then(
          () => 'written' as const,
          (error: unknown) => error,
        )
        await sleep(ms)
        controller.abort(reason)
        if ((await put) === 'written') {
          expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
        } else {
          expect(await put).toBe(reason)
          await expectAbsent(place.driver, key)
          await sleep(200)
          await expectAbsent(place.driver, key)
        }
      },
    )

    it('before and during a get: the read fails, and the next one works', async () => {
      const bytes = someBytes(4 * MIB)
      const key = await putBytes(place.driver, bytes)
      const early = place.driver.get(key, { signal: AbortSignal.abort(reason) }).then(buffer)
      await expect(early).rejects.toThrow()

      const controller = new AbortController()
      const stream = await place.driver.get(key, { signal: controller.signal })
      const read = buffer(stream)
      controller.abort(reason)
      await expect(read).rejects.toThrow()
      expect(stream.destroyed).toBe(true)
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })
  })
}
