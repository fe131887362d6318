import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createNodeAgents } from '@archivolt/kit/net/node-agents'
import { DEFAULT_TIMEOUTS } from '@archivolt/kit/net/timeouts'
import { S3ServiceException } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it } from 'vitest'
import { driverErrorOf, newKey, putBytes, sha256, someBytes } from '../contract/harness.ts'
import { isAws } from './s3.config.ts'
import { createS3Driver } from './s3.driver.ts'
import { fromS3 } from './s3.errors.ts'

const ACCOUNT = { region: 'us-east-1', bucket: 'vault', accessKey: 'a', secretKey: 's' }
const opened: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(opened.splice(0).map((close) => close())))

interface Seen {
  request: IncomingMessage
  body: Buffer
}

/** A driver whose service answers as the function says. */
async function against(answer: (seen: Seen, response: ServerResponse) => void) {
  const server = createServer(
    (request, response) => void buffer(request).then((body) => answer({ request, body }, response)),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const driver = createS3Driver({ ...ACCOUNT, endpoint })
  opened.push(async () => {
    await driver.close()
    server.closeAllConnections()
    server.close()
  })
  return driver
}

describe('S3 driver and services that differ', () => {
  it.for([
    ['ignores the header', 200],
    ['has not implemented it', 501],
  ] as const)('writes without a condition to one that %s', async ([, status]) => {
    const writes: string[] = []
    const driver = await against(({ request }, response) => {
      const condition = request.headers['if-none-match']
      if (request.method === 'PUT' && !request.url?.includes('.probe-')) writes.push(condition ?? 'plain')
      response.writeHead(condition ? status : 200, { etag: '"x"' }).end()
    })
    await putBytes(driver, someBytes(10))
    await putBytes(driver, someBytes(10))
    expect(writes).toEqual(['plain', 'plain'])
    expect((await driver.presign(newKey(), { method: 'PUT', expiresInSeconds: 60 })).headers).toEqual({})
  })

  it('asks once whether a condition is honoured, and takes its question away', async () => {
    const probes: string[] = []
    const names = new Set<string>()
    const driver = await against(({ request }, response) => {
      const name = request.url?.split('?')[0] ?? ''
      if (name.includes('.probe-')) probes.push(request.method ?? '')
      const taken = request.method === 'PUT' && names.has(name)
      if (request.method === 'PUT') names.add(name)
      if (request.method === 'DELETE') names.delete(name)
      response.writeHead(taken ? 412 : 200, { etag: '"x"' }).end()
    })
    const keys = await Promise.all([1, 2, 3].map((size) => putBytes(driver, someBytes(size))))
    expect(probes).toEqual(['PUT', 'PUT', 'DELETE'])
    expect((await driverErrorOf(putBytes(driver, someBytes(1), keys[0]))).code).toBe('storage.object_exists')
  })

  it('signs the hash and the length of what it sends, and no newer checksum', async () => {
    const bytes = someBytes(1000)
    const headers: NodeJS.Dict<string | string[]>[] = []
    const driver = await against(({ request, body }, response) => {
      if (body.equals(bytes)) headers.push(request.headers)
      response.writeHead(200, { etag: '"x"' }).end()
    })
    await putBytes(driver, bytes)
    expect(headers).toHaveLength(1)
    expect(headers[0]).toMatchObject({ 'x-amz-content-sha256': sha256(bytes), 'content-length': '1000' })
    expect(headers[0]!.authorization).toMatch(/SignedHeaders=[^,]*content-length/)
    expect(
      Object.keys(headers[0]!).filter((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-trailer'),
    ).toEqual([])
  })

  it('sends the old checksum with settings, which some services demand', async () => {
    let seen: Seen | undefined
    const driver = await against((request, response) => {
      seen = request
      response.writeHead(200).end()
    })
    await driver.ensureCors(['https://vault.example'])
    expect(seen?.request.headers['content-md5']).toBe(
      createHash('md5')
        .update(seen?.body ?? '')
        .digest('base64'),
    )
  })
})

describe('S3 driver at AWS', () => {
  it.for([
    [undefined, true],
    ['https://s3.eu-central-1.amazonaws.com', true],
    ['https://s3.cn-north-1.amazonaws.com.cn', true],
    ['https://amazonaws.com.example.org', false],
    ['http://minio:9000', false],
  ] as const)('%s: %s', ([endpoint, aws]) => expect(isAws(endpoint)).toBe(aws))

  it('has checksums of its own, and elsewhere none', async () => {
    const [aws, other] = [createS3Driver(ACCOUNT), createS3Driver({ ...ACCOUNT, endpoint: 'http://127.0.0.1:1' })]
    expect([aws.checksum !== undefined, other.checksum !== undefined]).toEqual([true, false])
    await Promise.all([aws.close(), other.close()])
  })
})

describe('S3 driver and the guard of addresses', () => {
  it('says what the guard says', async () => {
    const agents = createNodeAgents({ allowed: [] }, DEFAULT_TIMEOUTS)
    const driver = createS3Driver({ ...ACCOUNT, endpoint: 'https://127.0.0.1:9' }, { agents })
    expect((await driverErrorOf(driver.check())).message).toMatch(/^127\.0\.0\.1 is not on the public internet/)
    await driver.close()
  })
})

describe('S3 errors', () => {
  const refusal = (name: string, status: number) =>
    new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } })

  it.for([
    ['RequestTimeTooSkewed', 403, 'storage.access_denied', /clocks/],
    ['AccessDenied', 403, 'storage.access_denied', /may not write/],
    ['SlowDown', 503, 'storage.unavailable', /too busy/],
    ['QuotaExceeded', 403, 'storage.full', /full/],
    ['XMinioStorageFull', 507, 'storage.full', /full/],
    ['Anything', 507, 'storage.full', /full/],
    ['NoSuchBucket', 404, 'storage.unavailable', /bucket does not exist/],
    ['PermanentRedirect', 301, 'storage.unavailable', /region/],
    ['InternalError', 500, 'storage.unavailable', /error of its own/],
  ] as const)('turn %s (%d) into %s', ([name, status, code, sentence]) => {
    const error = refusal(name, status)
    expect(fromS3(error, 'k', 'write')).toMatchObject({ code, message: expect.stringMatching(sentence), cause: error })
  })
})
