import { describe, expect, it } from 'vitest'
import { DriverError } from '../driver.errors.ts'
import {
  driverErrorOf,
  expectAbsent,
  expectWholeOrAbsent,
  newKey,
  putBytes,
  readBytes,
  someBytes,
  streamOf,
  type Place,
} from './harness.ts'

const MIB = 1024 ** 2

/** What can be made to go wrong at a place. Each is for the next matching request alone, unless it says otherwise. */
export interface Faults {
  /** The connection of an upload breaks after so many bytes of its body. */
  cutUpload(afterBytes: number): void
  /** The connection of a download breaks after so many bytes of its body. */
  cutDownload(afterBytes: number): void
  /** The request that makes an object readable is carried out, but its answer is lost. */
  loseAnswer(): void
  /** So many requests are told to come back in a second. */
  busy(requests: number): void
  /** An upload is refused, as there is no room. */
  full(): void
  /** An upload is refused, as the account may not write. */
  denied(): void
}

/** Every fault with a test; one that a suite does not have is left out by name. */
export function shouldSurviveFaults(place: Place, faults: readonly (keyof Faults)[]): void {
  const tests: Record<keyof Faults, () => void> = {
    cutUpload: () =>
      it.for([300 * 1024, 20 * MIB])(
        'an upload of %d bytes cut in the middle never becomes a shorter object',
        async (size) => {
          const bytes = someBytes(size)
          const key = newKey()
          place.faults.cutUpload(Math.floor(size / 3))
          await expectPutOrNothing(place, key, bytes)
        },
      ),
    cutDownload: () =>
      it('a download cut in the middle fails, and never looks like a shorter object', async () => {
        const bytes = someBytes(3 * MIB)
        const key = await putBytes(place.driver, bytes)
        place.faults.cutDownload(MIB)
        await driverErrorOf(readBytes(place.driver, key))
        expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
      }),
    loseAnswer: () =>
      it.for([1000, 20 * MIB])(
        'an upload of %d bytes whose answer is lost is there whole, or failed and is absent',
        async (size) => {
          const bytes = someBytes(size)
          const key = newKey()
          place.faults.loseAnswer()
          await expectPutOrNothing(place, key, bytes)
        },
      ),
    busy: () =>
      it('waits as long as a busy place asks, and gets through', async () => {
        const bytes = someBytes(1000)
        const key = newKey()
        const started = performance.now()
        place.faults.busy(1)
        await putBytes(place.driver, bytes, key)
        place.faults.busy(1)
        expect((await place.driver.stat(key))?.size).toBe(1000)
        expect(performance.now() - started).toBeGreaterThan(1900)
      }),
    full: () =>
      it('says that there is no room, and keeps nothing', async () => {
        const key = newKey()
        place.faults.full()
        const error = await driverErrorOf(place.driver.put(key, streamOf(someBytes(1000)), { size: 1000 }))
        expect(error.code).toBe('storage.full')
        expect(error.cause).toBeDefined()
        await expectAbsent(place.driver, key)
      }),
    denied: () =>
      it('says that it may not write, and keeps nothing', async () => {
        const key = newKey()
        place.faults.denied()
        const error = await driverErrorOf(place.driver.put(key, streamOf(someBytes(1000)), { size: 1000 }))
        expect(error.code).toBe('storage.access_denied')
        expect(error.cause).toBeDefined()
        await expectAbsent(place.driver, key)
      }),
  }
  if (faults.length > 0) describe('faults', () => faults.forEach((fault) => tests[fault]()))
}

async function expectPutOrNothing({ driver }: Place, key: ReturnType<typeof newKey>, bytes: Buffer): Promise<void> {
  const outcome = await driver.put(key, streamOf(bytes), { size: bytes.length }).catch((error: unknown) => error)
  const failed = outcome instanceof Error
  if (failed) expect(outcome).toBeInstanceOf(DriverError)
  expect(await expectWholeOrAbsent(driver, key, [bytes])).toBe(!failed)
}
