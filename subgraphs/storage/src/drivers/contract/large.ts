import { createHash, randomFillSync } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { newKey, readBytes, sha256, someBytes, streamOf, type Place } from './harness.ts'

const MIB = 1024 ** 2

export function shouldTakeLargeObjects(place: Place): void {
  describe('large objects', () => {
    it.for([
      ['of known length', 32 * MIB + 17, true],
      ['of unknown length', 32 * MIB + 17, false],
      ['of exactly two parts', 16 * MIB, true],
      ['of exactly one part', 8 * MIB, true],
    ] as const)('round-trip %s', { timeout: 60_000 }, async ([, size, announced]) => {
      const bytes = someBytes(size)
      const key = newKey('.bin')
      const options = announced ? { size } : {}
      expect(await place.driver.put(key, streamOf(bytes, 100_003), options)).toEqual({ key, size })
      expect(sha256(await readBytes(place.driver, key))).toBe(sha256(bytes))
      const over = { start: 8 * MIB - 10, end: Math.min(8 * MIB + 10, size) - 1 }
      expect((await readBytes(place.driver, key, over)).equals(bytes.subarray(over.start, over.end + 1))).toBe(true)
      await place.driver.delete(key)
    })

    it('are streamed: the memory in use is reported, not judged', { timeout: 60_000 }, async ({ annotate }) => {
      const size = 64 * MIB
      const key = newKey()
      const before = process.memoryUsage.rss()
      let peak = before
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10)
      try {
        const started = performance.now()
        const source = generated(size)
        await place.driver.put(key, source.stream, { size })
        const written = performance.now()
        const hash = createHash('sha256')
        await pipeline(await place.driver.get(key), hash)
        const read = performance.now()
        expect(hash.digest('hex')).toBe(source.sha256())
        const rate = (ms: number) => `${Math.round(64_000 / ms)} MiB/s`
        await annotate(
          `64 MiB: put ${rate(written - started)}, get ${rate(read - written)}, memory +${Math.round((peak - before) / MIB)} MiB`,
        )
      } finally {
        clearInterval(watch)
        await place.driver.delete(key)
      }
    })
  })
}

/** Random bytes made as they are read. */
function generated(size: number): { stream: Readable; sha256(): string } {
  const hash = createHash('sha256')
  let left = size
  const stream = new Readable({
    read() {
      const chunk = randomFillSync(Buffer.allocUnsafe(Math.min(left, 64 * 1024)))
      left -= chunk.length
      hash.update(chunk)
      this.push(chunk)
      if (left === 0) this.push(null)
    },
  })
  return { stream, sha256: () => hash.digest('hex') }
}
