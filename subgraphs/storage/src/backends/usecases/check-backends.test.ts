import { S3ServiceException } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MARKER_KEY } from '../../vault/marker.ts'
import { CredentialsRefused } from '../../drivers/driver.errors.ts'
import { fromFileSystem } from '../../drivers/local/local.errors.ts'
import { fromS3 } from '../../drivers/s3/s3.errors.ts'
import { openTestStorage, type TestPlace, type TestStorage } from '../../testing/storage.fixture.ts'
import { checkBackends, testBackend } from './check-backends.ts'

let storage: TestStorage
let place: TestPlace
beforeAll(async () => {
  storage = await openTestStorage()
  place = await storage.addPlace()
})
afterAll(() => storage.close())

const s3 = (name: string, status: number) =>
  fromS3(
    new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } }),
    'k',
    'write',
  )
const disk = (code: string) => fromFileSystem(Object.assign(new Error(code), { code }), 'k')

it.for([
  ['wrong keys', 'check', s3('SignatureDoesNotMatch', 403), 'The secret key does not belong to this access key'],
  ['an unknown key', 'check', s3('InvalidAccessKeyId', 403), 'does not know this access key'],
  ['a read-only bucket', 'put', s3('AccessDenied', 403), 'may not write to the bucket'],
  ['a read-only disk', 'put', disk('EROFS'), 'mounted read-only'],
  ['a full disk', 'put', disk('ENOSPC'), 'The disk is full. Free space'],
  ['a full bucket', 'put', s3('QuotaExceeded', 403), 'The storage is full'],
  ['clocks that are apart', 'check', s3('RequestTimeTooSkewed', 403), 'The clocks of this machine and of the storage'],
  [
    'a token that has ended',
    'check',
    new CredentialsRefused('Connect the account again.'),
    'Connect the account again',
  ],
] as const)(
  '%s: the place is down with a sentence to act on, and up again without it',
  async ([, method, error, sentence]) => {
    const { driver } = place
    const works = driver[method]
    driver[method] = async () => {
      throw error
    }
    const down = await testBackend(storage)(place.id)
    expect(down).toMatchObject({
      state: 'DOWN',
      message: expect.stringContaining(sentence),
      latencyMs: null,
      warning: null,
    })
    expect(down.message).toMatch(/[.?]$/)
    Object.assign(driver, { [method]: works })
    expect(await testBackend(storage)(place.id)).toMatchObject({ state: 'OK', message: null })
  },
)

it('a mount that vanished: the empty folder in its place is not taken for it', async () => {
  const { driver } = place
  const { stat } = driver
  driver.stat = async (key) => (key === MARKER_KEY ? null : stat(key))
  expect(await testBackend(storage)(place.id)).toMatchObject({
    state: 'DOWN',
    message: expect.stringContaining('Is the disk mounted'),
  })
  driver.stat = stat
})

it('a clock that goes wrong, and little room, are warnings of a place that works', async () => {
  const { driver } = place
  Object.assign(driver, { clockSkew: () => 8 * 60_000, freeSpace: async () => 1000 })
  expect(await testBackend(storage)(place.id)).toMatchObject({
    state: 'OK',
    message: null,
    skewMs: 480_000,
    warning: expect.stringMatching(/is left there.*8 min ahead/),
  })
  Object.assign(driver, { clockSkew: () => null, freeSpace: async () => 10 ** 12 })
  expect((await testBackend(storage)(place.id)).warning).toBeNull()
})

it("leaves people's own accounts alone, which have a check of their own", async () => {
  const data = { ownerId: '018f0000-0000-7000-8000-0000000000ad', name: 'mine', driver: 'WEBDAV', config: {} } as const
  const { id } = await storage.db.storageBackend.create({ data })
  await checkBackends(storage)()
  expect((await storage.db.storageBackend.findUniqueOrThrow({ where: { id } })).checkedAt).toBeNull()
  await expect(testBackend(storage)(id)).rejects.toMatchObject({ code: 'not_found' })
})
