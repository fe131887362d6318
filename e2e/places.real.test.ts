import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRealS3, type RealS3 } from '../scripts/real/s3.ts'
import { startRealWebdav, type RealWebdav } from '../scripts/real/webdav.ts'
import { COMPLETE_UPLOAD, DOCUMENT, Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  __typename ... on AddStorageBackendSuccess { backend { id settings { name } health { state latencyMs } } } ... on Error { code message } } }`
const CONFIGURE = 'mutation ($input: ConfigureStorageInput!) { configureStorage(input: $input) { __typename } }'

/* The vault over real servers: the way of the bytes that a person's browser would take. */
describe('a vault on real servers', () => {
  let house: TestHouse
  let s3: RealS3
  let webdav: RealWebdav
  let admin: Person
  let ada: Person

  beforeAll(async () => {
    ;[s3, webdav] = await Promise.all([startRealS3(), startRealWebdav()])
    house = await openTestHouse({ ALLOWED_NETWORKS: '127.0.0.0/8', BYTE_ORIGINS: s3.config.endpoint })
    admin = await new Person(house.url).signIn(ADMIN)
    ada = await new Person(house.url).register('Ada')
  }, 180_000)

  afterAll(async () => {
    await ada?.leave()
    await house?.stop()
    await s3?.stop()
    await webdav?.stop()
  })

  const use = async (name: string, driver: string, config: object) => {
    const { addStorageBackend } = await admin.ask(ADD, { input: { name, driver, config } })
    expect(addStorageBackend).toMatchObject({
      __typename: 'AddStorageBackendSuccess',
      backend: { health: { state: 'OK' } },
    })
    const shown = addStorageBackend.backend.settings.map((setting: { name: string }) => setting.name)
    for (const secret of ['accessKey', 'secretKey', 'username', 'password']) expect(shown).not.toContain(secret)
    await admin.ask(CONFIGURE, { input: { backendId: addStorageBackend.backend.id } })
  }

  const roundTrip = async (filename: string, size: number) => {
    const bytes = new Uint8Array(randomBytes(size))
    const id = await ada.upload(filename, 'application/octet-stream', bytes)
    await ada.untilDone(id)
    const { document } = await ada.ask(DOCUMENT, { id })
    expect(document.file).toMatchObject({ size, sha256: createHash('sha256').update(bytes).digest('hex') })
    const url = new URL(document.file.download.url, house.url)
    const whole = await fetch(url)
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    const part = await fetch(url, { headers: { range: 'bytes=5-9' } })
    expect([part.status, Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(5, 10))]).toEqual([206, true])
    return { url, whole }
  }

  test.each([1, 5_000_000, 20_000_000])('keeps %d bytes in a bucket, through storage', async (size) => {
    if (size === 1) await use('Bucket', 'S3', { s3: s3.config })
    if (size < 10) return
    const { url } = await roundTrip('through.bin', size)
    expect(url.origin).toBe(house.url)
  })

  test('lets a client exchange bytes with the bucket itself, and holds it to what it announced', async () => {
    await s3.createBucket('direct')
    await use('Direct', 'S3', { s3: { ...s3.config, bucket: 'direct', publicEndpoint: s3.config.endpoint } })
    const { url, whole } = await roundTrip('Größe "direct".bin', 5_000_000)
    expect(url.origin).toBe(s3.config.endpoint)
    expect(whole.headers.get('content-disposition')).toContain('attachment')

    const { upload } = await ada.announce('exact.txt', 'text/plain', 10)
    const asking = {
      origin: house.url,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type',
    }
    const preflight = await fetch(upload.url, { method: 'OPTIONS', headers: asking })
    expect(preflight.headers.get('access-control-allow-origin'), "the vault's own pages are let in").toBe(house.url)
    const foreign = await fetch(upload.url, {
      method: 'OPTIONS',
      headers: { ...asking, origin: 'https://evil.example' },
    })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    const headers = Object.fromEntries(
      upload.headers.map(({ name, value }: { name: string; value: string }) => [name, value]),
    )
    expect((await ada.put(upload.url, 'more than ten bytes', headers)).ok, 'the length is signed').toBe(false)
    expect((await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload.__typename).toBe(
      'UploadIncompleteError',
    )
    expect((await ada.put(upload.url, '0123456789', headers)).ok).toBe(true)
    const [first, second] = await Promise.all(
      [0, 1].map(() => ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })),
    )
    expect(first?.completeUpload.document.id).toBe(second?.completeUpload.document.id)

    // Whoever kept the address cannot change what is kept.
    await ada.put(upload.url, '9876543210', headers)
    const { document } = await ada.ask(DOCUMENT, { id: first?.completeUpload.document.id })
    expect(await (await fetch(document.file.download.url)).text()).toBe('0123456789')

    const lied = await ada.announce('lie.txt', 'text/plain', 3, createHash('sha256').update('abc').digest('hex'))
    const liedHeaders = Object.fromEntries(
      lied.upload.headers.map(({ name, value }: { name: string; value: string }) => [name, value]),
    )
    expect((await ada.put(lied.upload.url, 'xyz', liedHeaders)).ok).toBe(true)
    expect((await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: lied.upload.id } })).completeUpload.__typename).toBe(
      'UploadMismatchError',
    )
  })

  test('keeps bytes on a WebDAV server', async () => {
    await use('Shelf', 'WEBDAV', { webdav: { ...webdav.config, root: 'vault' } })
    await roundTrip('shelf.bin', 5_000_000)
  })
})
