import { randomUUID } from 'node:crypto'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRealS3, type RealS3 } from '../../../../../scripts/real/s3.ts'
import { startFaultProxy } from '../contract/fault-proxy.ts'
import { driverErrorOf, newKey, putBytes, readBytes, someBytes, streamOf } from '../contract/harness.ts'
import { describeDriver } from '../contract/index.ts'
import { openPlace } from './s3.client.ts'
import { s3Config, type S3Config } from './s3.config.ts'
import { copyObject } from './s3.copy.ts'
import { createS3Driver } from './s3.driver.ts'

let server: RealS3
beforeAll(async () => {
  server = await startRealS3()
}, 180_000)
afterAll(() => server?.stop())

const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
const type = { 'content-type': 'application/xml' }

describeDriver('S3', {
  async open() {
    const proxy = await startFaultProxy(server.config.endpoint, {
      answers: {
        busy: { status: 503, headers: { ...type, 'retry-after': '1' }, body: xml('SlowDown') },
        full: { status: 403, headers: type, body: xml('QuotaExceeded') },
        denied: { status: 403, headers: type, body: xml('AccessDenied') },
      },
      publishes: ({ method, url = '' }) =>
        (method === 'PUT' && !url.includes('partNumber')) || (method === 'POST' && url.includes('uploadId')),
    })
    const config = {
      ...server.config,
      endpoint: proxy.url,
      publicEndpoint: server.config.endpoint,
      prefix: `place/${randomUUID()}`,
    }
    const driver = createS3Driver(config, { pageSize: 50 })
    const place = openPlace(s3Config.parse(config))
    return {
      driver,
      faults: proxy.faults,
      async abandon() {
        const key = newKey()
        const uploadId = await driver.multipart.begin(key)
        await driver.multipart.putPart(key, uploadId, 1, streamOf(someBytes(1000)), { size: 1000 })
      },
      async abandoned() {
        const { Uploads = [] } = await place.client.send(
          new ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: place.prefix }),
        )
        return Uploads.length
      },
      async close() {
        await driver.close()
        await proxy.close()
      },
    }
  },
  capabilities: { copy: true, presign: true, multipart: true, checksum: false, freeSpace: false, sweep: true },
  emulatorFaults: ['cutUpload', 'cutDownload', 'loseAnswer', 'busy', 'full', 'denied'],
  objectsOfTwoPages: 120,
})

describe('S3 driver and its bucket', () => {
  const withDriver = async <T>(
    change: Partial<S3Config>,
    use: (driver: ReturnType<typeof createS3Driver>) => Promise<T>,
  ): Promise<T> => {
    const driver = createS3Driver({ ...server.config, ...change })
    try {
      return await use(driver)
    } finally {
      await driver.close()
    }
  }
  const problem = (change: Partial<S3Config>) =>
    withDriver(change, async (driver) => (await driverErrorOf(driver.check())).message)

  it('names what is wrong with its configuration', async () => {
    expect(await problem({ bucket: 'no-such-bucket' })).toMatch(/no bucket "no-such-bucket"/)
    expect(await problem({ accessKey: 'nobody' })).toMatch(/does not know this access key/)
    expect(await problem({ secretKey: 'wrong' })).toMatch(/secret key does not belong/)
    expect(await problem(server.stranger)).toMatch(/may not read the bucket/)
    expect(await problem({ endpoint: 'http://127.0.0.1:1' })).toMatch(/Nothing answers/)
    expect(await problem({ endpoint: 'http://no-such-host.invalid' })).toMatch(/host name/)
  })

  it('lets keys read that may not write, and says so of a write', async () => {
    const bytes = someBytes(10)
    const key = await withDriver({}, (driver) => putBytes(driver, bytes))
    await withDriver(server.reader, async (driver) => {
      await driver.check()
      expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
      const error = await driverErrorOf(driver.put(newKey(), streamOf(bytes), { size: 10 }))
      expect(error.message).toMatch(/may not write/)
    })
  })

  it('takes a bucket that is gone for a fault, never for an empty one', async () => {
    await withDriver({ bucket: 'gone' }, async (driver) => {
      const key = newKey()
      for (const ask of [
        () => driver.stat(key),
        () => driver.get(key),
        () => driver.delete(key),
        () => Array.fromAsync(driver.list('')),
        () => putBytes(driver, someBytes(3)),
      ]) {
        expect((await driverErrorOf(ask())).code).toBe('storage.unavailable')
      }
    })
  })

  it('checks without making anything', async () => {
    await server.createBucket('untouched')
    await withDriver({ bucket: 'untouched' }, async (driver) => {
      await driver.check()
      expect(await Array.fromAsync(driver.list(''))).toEqual([])
    })
  })

  it('keeps two vaults apart that share a bucket by their prefixes', async () => {
    const key = newKey()
    await withDriver({ prefix: 'vaults/one' }, async (one) => {
      await withDriver({ prefix: 'vaults/one-more/' }, async (other) => {
        await putBytes(one, someBytes(1), key)
        await putBytes(other, someBytes(2), key)
        expect(await Array.fromAsync(one.list(''))).toEqual([{ key, size: 1 }])
        expect(await Array.fromAsync(other.list(''))).toEqual([{ key, size: 2 }])
      })
    })
  })

  it('refuses to write a key a second time, where the service can refuse', async () => {
    await withDriver({}, async (driver) => {
      const first = someBytes(100)
      const key = await putBytes(driver, first)
      expect((await driverErrorOf(putBytes(driver, someBytes(50), key))).code).toBe('storage.object_exists')
      expect((await readBytes(driver, key)).equals(first)).toBe(true)
      // Nor does a presigned address that was used once put other bytes in their place.
      const other = newKey()
      const { url, headers } = await driver.presign(other, { method: 'PUT', expiresInSeconds: 60, size: 3 })
      expect((await fetch(url, { method: 'PUT', headers, body: 'one' })).status).toBe(200)
      expect((await fetch(url, { method: 'PUT', headers, body: 'two' })).status).toBe(412)
      expect((await readBytes(driver, other)).toString()).toBe('one')
    })
  })

  it('copies in parts what is too large for one request', async () => {
    const place = openPlace(s3Config.parse(server.config))
    await withDriver({}, async (driver) => {
      const bytes = someBytes(12 * 1024 ** 2 + 1)
      const [from, to] = [await putBytes(driver, bytes), newKey()]
      await copyObject(place, from, to, bytes.length, { limit: 6 * 1024 ** 2, part: 5 * 1024 ** 2 })
      expect((await readBytes(driver, to)).equals(bytes)).toBe(true)
    })
    place.client.destroy()
  })

  it('lets browsers in from the given origins alone', async () => {
    await withDriver({}, async (driver) => {
      await driver.ensureCors(['https://vault.example'])
      const { url } = await driver.presign(newKey(), { method: 'PUT', expiresInSeconds: 60 })
      const preflight = async (origin: string) => {
        const headers = {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type,if-none-match',
        }
        return (await fetch(url, { method: 'OPTIONS', headers })).headers.get('access-control-allow-origin')
      }
      expect(await preflight('https://vault.example')).toBe('https://vault.example')
      expect(await preflight('https://evil.example')).toBeNull()
    })
  })
})
