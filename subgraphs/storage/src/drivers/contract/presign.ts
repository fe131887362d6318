import { describe, expect, it } from 'vitest'
import type { PresignedRequest } from '../driver.ts'
import { expectAbsent, newKey, putBytes, readBytes, someBytes, type Place } from './harness.ts'

const HOUR = 3600

export function shouldPresign(place: Place): void {
  describe('presigned addresses', () => {
    it('give the bytes under the promised name, also in parts', async () => {
      const bytes = someBytes(5000)
      const key = await putBytes(place.driver, bytes)
      const contentDisposition = `attachment; filename*=UTF-8''%C3%9Cbersicht%20%22a%22.pdf`
      const { url, headers } = await place.driver.presign!(key, {
        method: 'GET',
        expiresInSeconds: HOUR,
        contentDisposition,
      })
      const response = await fetch(url, { headers })
      expect(response.status).toBe(200)
      expect(response.headers.get('content-disposition')).toBe(contentDisposition)
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
      const part = await fetch(url, { headers: { ...headers, range: 'bytes=10-19' } })
      expect(part.status).toBe(206)
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true)
    })

    it('hold their holder to the name, the key and the method', async () => {
      const key = await putBytes(place.driver, someBytes(10))
      const other = await putBytes(place.driver, someBytes(10))
      const { url } = await place.driver.presign!(key, {
        method: 'GET',
        expiresInSeconds: HOUR,
        contentDisposition: 'attachment',
      })
      for (const forged of [url.replace('attachment', 'inline'), url.replace(key, other)]) {
        expect(forged).not.toBe(url)
        expect(await statusOf(forged)).toBe(403)
      }
      expect(await statusOf(url, { method: 'PUT', body: 'x' })).toBe(403)
      expect(await statusOf(url, { method: 'DELETE' })).toBe(403)
    })

    it('end with their time', async () => {
      const key = await putBytes(place.driver, someBytes(10))
      const { url } = await place.driver.presign!(key, { method: 'GET', expiresInSeconds: 1 })
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(await statusOf(url)).toBe(403)
    })

    it('take the announced bytes', async () => {
      const bytes = someBytes(5000)
      const key = newKey('.pdf')
      const request = await place.driver.presign!(key, {
        method: 'PUT',
        expiresInSeconds: HOUR,
        size: 5000,
        contentType: 'application/pdf',
      })
      expect(await send(request, bytes)).toBe(200)
      expect((await readBytes(place.driver, key)).equals(bytes)).toBe(true)
    })

    it('refuse bytes of another length or type', async () => {
      const key = newKey('.pdf')
      const request = await place.driver.presign!(key, {
        method: 'PUT',
        expiresInSeconds: HOUR,
        size: 5000,
        contentType: 'application/pdf',
      })
      expect(await send(request, someBytes(4999))).toBe(403)
      expect(await send(request, someBytes(5001))).toBe(403)
      expect(
        await send({ url: request.url, headers: { ...request.headers, 'content-type': 'text/html' } }, someBytes(5000)),
      ).toBe(403)
      await expectAbsent(place.driver, key)
    })
  })
}

/** The length is never among the headers that a browser may set; it comes from the body. */
async function send({ url, headers }: PresignedRequest, bytes: Buffer): Promise<number> {
  expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('content-length')
  return statusOf(url, { method: 'PUT', headers, body: new Uint8Array(bytes) })
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init)
  await response.arrayBuffer()
  return response.status
}
