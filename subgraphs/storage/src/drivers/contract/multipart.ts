import { describe, expect, it } from 'vitest'
import type { Multipart, UploadedPart } from '../driver.ts'
import { WrongSize } from '../driver.errors.ts'
import type { ObjectKey } from '../object-key.ts'
import {
  driverErrorOf,
  expectAbsent,
  newKey,
  readBytes,
  someBytes,
  stalledStream,
  streamOf,
  type Place,
} from './harness.ts'

export function shouldUploadInParts(place: Place): void {
  describe('upload in parts', () => {
    const multipart = (): Multipart => place.driver.multipart!
    const send = (key: ObjectKey, uploadId: string, number: number, bytes: Buffer): Promise<UploadedPart> =>
      multipart().putPart(key, uploadId, number, streamOf(bytes), { size: bytes.length })

    it('appears at completion and not before, whatever the order of its parts', async () => {
      const size = multipart().minPartSize
      const parts = [someBytes(size), someBytes(size + 5), someBytes(10)]
      const key = newKey('.bin')
      const uploadId = await multipart().begin(key, { contentType: 'application/octet-stream' })
      const sent: UploadedPart[] = []
      for (const number of [3, 1, 2]) sent.push(await send(key, uploadId, number, parts[number - 1]!))
      await expectAbsent(place.driver, key)

      const listed = await multipart().listParts(key, uploadId)
      expect(listed.map((part) => [part.number, part.size])).toEqual([
        [1, size],
        [2, size + 5],
        [3, 10],
      ])
      const whole = Buffer.concat(parts)
      expect(await multipart().complete(key, uploadId, listed)).toEqual({ key, size: whole.length })
      expect((await readBytes(place.driver, key)).equals(whole)).toBe(true)
    })

    it('takes a part again, as after a lost connection, and keeps the later one', async () => {
      const key = newKey()
      const uploadId = await multipart().begin(key)
      await send(key, uploadId, 1, someBytes(100))
      const later = someBytes(200)
      const part = await send(key, uploadId, 1, later)
      expect(await multipart().complete(key, uploadId, [part])).toEqual({ key, size: 200 })
      expect((await readBytes(place.driver, key)).equals(later)).toBe(true)
    })

    it('refuses a part of another length than announced, and a part that never came', async () => {
      const key = newKey()
      const uploadId = await multipart().begin(key)
      expect(
        await driverErrorOf(multipart().putPart(key, uploadId, 1, streamOf(someBytes(99)), { size: 100 })),
      ).toBeInstanceOf(WrongSize)
      expect(
        await driverErrorOf(multipart().putPart(key, uploadId, 1, streamOf(someBytes(101)), { size: 100 })),
      ).toBeInstanceOf(WrongSize)
      expect(await multipart().listParts(key, uploadId)).toEqual([])
      await driverErrorOf(
        multipart().complete(key, uploadId, [{ number: 1, tag: '"d41d8cd98f00b204e9800998ecf8427e"', size: 100 }]),
      )
      await expectAbsent(place.driver, key)
      await multipart().abort(key, uploadId)
    })

    it('lets a part be aborted', async () => {
      const key = newKey()
      const uploadId = await multipart().begin(key)
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      await expect(
        multipart().putPart(key, uploadId, 1, stalledStream(someBytes(10)), { size: 100, signal }),
      ).rejects.toBe(reason)
      expect(await multipart().listParts(key, uploadId)).toEqual([])
      await multipart().abort(key, uploadId)
    })

    it('leaves nothing when it is aborted, also twice', async () => {
      const key = newKey()
      const uploadId = await multipart().begin(key)
      await send(key, uploadId, 1, someBytes(100))
      await multipart().abort(key, uploadId)
      await multipart().abort(key, uploadId)
      await expectAbsent(place.driver, key)
      await driverErrorOf(send(key, uploadId, 2, someBytes(100)))
      await driverErrorOf(multipart().listParts(key, uploadId))
    })

    it('takes parts from a client that has a presigned address', async () => {
      if (!multipart().presignPart) return
      const key = newKey()
      const bytes = someBytes(3000)
      const uploadId = await multipart().begin(key)
      const { url, headers } = await multipart().presignPart!(key, uploadId, 1, { expiresInSeconds: 600 })
      const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) })
      expect(response.status).toBe(200)
      const parts = await multipart().listParts(key, uploadId)
      expect(await multipart().complete(key, uploadId, parts)).toEqual({ key, size: 3000 })
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })
  })
}
