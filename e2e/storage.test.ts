import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMPLETE_UPLOAD, DOCUMENT, Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  __typename ... on AddStorageBackendSuccess { backend { id name driver current settings { name value } health { state latencyMs message freeBytes } } } ... on Error { code message } } }`
const UPDATE = `mutation ($input: UpdateStorageBackendInput!) { updateStorageBackend(input: $input) {
  __typename ... on UpdateStorageBackendSuccess { backend { name } } ... on Error { code message } } }`
const TEST = `mutation ($input: TestStorageBackendInput!) { testStorageBackend(input: $input) {
  __typename ... on TestStorageBackendSuccess { backend { health { state message } } } ... on Error { code } } }`
const REMOVE = `mutation ($input: RemoveStorageBackendInput!) { removeStorageBackend(input: $input) { __typename ... on Error { code message } } }`
const CONFIGURE = `mutation ($input: ConfigureStorageInput!) { configureStorage(input: $input) {
  __typename ... on ConfigureStorageSuccess { storageConfig { current { id name } } } ... on Error { code message } } }`
const CONFIG = '{ storageConfig { current { id name driver health { state } } backends { id name } } }'
const USAGE = '{ me { storageUsage { used reserved limit shares { bucket backend bytes objects } } } }'

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('places for bytes', () => {
  let house: TestHouse
  let admin: Person
  let ada: Person
  let folder: string

  beforeAll(async () => {
    house = await openTestHouse({ QUOTA_DEFAULT_BYTES: '100000' })
    admin = await new Person(house.url).signIn(ADMIN)
    ada = await new Person(house.url).register('Ada')
    folder = await mkdtemp(path.join(tmpdir(), 'archivolt-place-'))
  })

  afterAll(async () => {
    await ada?.leave()
    await house?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const add = (person: Person, name: string, root: string) =>
    person.send(ADD, { input: { name, driver: 'LOCAL', config: { local: { root } } } })

  test('a new vault has one, and it works', async () => {
    const { storageConfig } = await admin.ask(CONFIG)
    expect(storageConfig.current).toMatchObject({ name: 'Local disk', driver: 'LOCAL', health: { state: 'OK' } })
    expect(storageConfig.backends).toHaveLength(1)
  })

  test('only administrators of the storage see and change them', async () => {
    for (const reply of [await ada.send(CONFIG), await add(ada, 'Mine', folder)]) {
      expect(reply.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    }
    expect((await new Person(house.url).send(CONFIG)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  test('are tried before they are taken, and answer with a sentence', async () => {
    const wrong = [
      [{ name: 'X', driver: 'LOCAL', config: {} }, 'InvalidInputError'],
      [{ name: 'X', driver: 'LOCAL', config: { local: { root: '' } } }, 'InvalidInputError'],
      [{ name: ' ', driver: 'LOCAL', config: { local: { root: folder } } }, 'InvalidInputError'],
      [{ name: 'X', driver: 'LOCAL', config: { local: { root: '/proc/archivolt' } } }, 'InvalidInputError'],
      [{ name: 'X', driver: 'LOCAL', config: { local: { root: '/etc/hostname/vault' } } }, 'BackendUnusableError'],
      [
        {
          name: 'X',
          driver: 'S3',
          config: {
            s3: { endpoint: 'http://127.0.0.1:19999', bucket: 'b', accessKey: 'a', secretKey: 'secret-of-mine' },
          },
        },
        'BackendUnusableError',
      ],
      [
        {
          name: 'X',
          driver: 'S3',
          config: { s3: { endpoint: 'http://[::ffff:169.254.169.254]', bucket: 'b', accessKey: 'a', secretKey: 's' } },
        },
        'BackendUnusableError',
      ],
      [
        {
          name: 'X',
          driver: 'S3',
          config: { s3: { endpoint: 'ftp://files.example', bucket: 'b', accessKey: 'a', secretKey: 's' } },
        },
        'InvalidInputError',
      ],
      [{ name: 'Local disk', driver: 'LOCAL', config: { local: { root: folder } } }, 'BackendNameTakenError'],
    ] as const
    for (const [input, type] of wrong) {
      const { addStorageBackend } = await admin.ask(ADD, { input })
      expect([input.config, addStorageBackend.__typename]).toEqual([input.config, type])
      expect(addStorageBackend.message).toMatch(/[.?]$/)
      expect(JSON.stringify(addStorageBackend)).not.toContain('secret-of-mine')
    }
    expect((await admin.ask(CONFIG)).storageConfig.backends).toHaveLength(1)
  })

  test('can be added, chosen for new files, and removed when empty', async () => {
    const first = (await admin.ask(CONFIG)).storageConfig.current.id
    const root = path.join(folder, 'second')
    const { addStorageBackend } = (await add(admin, 'Second', root)).data as Record<string, any>
    const second = addStorageBackend.backend
    expect(second).toMatchObject({ current: false, settings: [{ name: 'root', value: root }], health: { state: 'OK' } })
    expect(second.health.freeBytes).toBeGreaterThan(0)

    const before = await ada.upload('before.txt', 'text/plain', bytesOf('on the first place'))
    expect(
      (await admin.ask(CONFIGURE, { input: { backendId: second.id } })).configureStorage.storageConfig.current.id,
    ).toBe(second.id)
    const after = await ada.upload('after.txt', 'text/plain', bytesOf('on the second place'))
    for (const [id, text] of [
      [before, 'on the first place'],
      [after, 'on the second place'],
    ] as const) {
      const { document } = await ada.ask(DOCUMENT, { id })
      expect(await (await fetch(new URL(document.file.download.url, house.url))).text()).toBe(text)
    }
    const { shares } = (await ada.ask(USAGE)).me.storageUsage
    expect(shares).toEqual([
      { bucket: 'documents', backend: 'Local disk', bytes: 18, objects: 1 },
      { bucket: 'documents', backend: 'Second', bytes: 19, objects: 1 },
    ])

    expect((await admin.ask(REMOVE, { input: { backendId: second.id } })).removeStorageBackend.code).toBe(
      'storage.backend.in_use',
    )
    await admin.ask(CONFIGURE, { input: { backendId: first } })
    expect((await admin.ask(REMOVE, { input: { backendId: second.id } })).removeStorageBackend.code).toBe(
      'storage.backend.in_use',
    )

    const third = (await add(admin, 'Third', path.join(folder, 'third'))).data?.addStorageBackend.backend
    expect(
      (await admin.ask(UPDATE, { input: { backendId: third.id, name: 'Thirdly' } })).updateStorageBackend.backend.name,
    ).toBe('Thirdly')
    const elsewhere = await admin.ask(UPDATE, {
      input: { backendId: third.id, config: { local: { root: path.join(folder, 'elsewhere') } } },
    })
    expect(elsewhere.updateStorageBackend, 'another folder is another place').toMatchObject({
      code: 'storage.marker_missing',
    })
    expect((await admin.ask(REMOVE, { input: { backendId: third.id } })).removeStorageBackend.__typename).toBe(
      'RemoveStorageBackendSuccess',
    )
    expect(await readdir(path.join(folder, 'third'), { recursive: true })).toEqual(
      expect.not.arrayContaining(['archivolt-vault.json']),
    )

    const told = async () => {
      const { auditEvents } = await admin.ask(
        '{ auditEvents(first: 50, filter: { service: "storage" }) { edges { node { type } } } }',
      )
      return auditEvents.edges
        .map(({ node }: { node: { type: string } }) => node.type)
        .filter((type: string) => type.startsWith('storage.backend.'))
    }
    await expect
      .poll(told, { timeout: 20_000 })
      .toEqual(['removed', 'changed', 'added', 'chosen', 'chosen', 'added'].map((what) => `storage.backend.${what}`))
  })

  test('belong to one vault', async () => {
    const root = path.join(folder, 'shared')
    expect((await add(admin, 'Ours', root)).data?.addStorageBackend.__typename).toBe('AddStorageBackendSuccess')
    const other = await openTestHouse()
    try {
      const stranger = await new Person(other.url).signIn(ADMIN)
      expect((await add(stranger, 'Ours too', root)).data?.addStorageBackend).toMatchObject({
        __typename: 'BackendUnusableError',
        code: 'storage.marker_foreign',
      })
    } finally {
      await other.stop()
    }
  })

  test('that vanish are refused, never written, and said to be down', async () => {
    const root = path.join(folder, 'mount')
    const place = (await add(admin, 'Mount', root)).data?.addStorageBackend.backend
    const first = (await admin.ask(CONFIG)).storageConfig.backends[0].id
    await admin.ask(CONFIGURE, { input: { backendId: place.id } })
    // The disk is unmounted: an empty folder where the vault was.
    await rename(root, `${root}.away`)
    await mkdir(root)
    const { testStorageBackend } = await admin.ask(TEST, { input: { backendId: place.id } })
    expect(testStorageBackend.backend.health).toMatchObject({
      state: 'DOWN',
      message: expect.stringContaining('Is the disk mounted'),
    })

    const announced = await ada.announce('lost.txt', 'text/plain', 4)
    const put = await ada.put(announced.upload.url, 'abcd')
    expect(put.status).toBe(503)
    expect(await readdir(root)).toEqual([])
    expect(
      (await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: announced.upload.id } })).completeUpload.__typename,
    ).toBe('UploadIncompleteError')

    await rm(root, { recursive: true })
    await rename(`${root}.away`, root)
    expect((await ada.put(announced.upload.url, 'abcd')).status, 'the same ticket works once the disk is back').toBe(
      200,
    )
    await admin.ask(CONFIGURE, { input: { backendId: first } })
  })
})

describe('the room of a person', () => {
  let house: TestHouse

  beforeAll(async () => {
    house = await openTestHouse({ QUOTA_DEFAULT_BYTES: '1000' })
  })

  afterAll(() => house?.stop())

  test('is exact under fifty uploads at once', async () => {
    const ada = await new Person(house.url).register('Ada')
    const announced = await Promise.all(
      Array.from({ length: 50 }, (_, at) => ada.announce(`part ${at}.txt`, 'text/plain', 100)),
    )
    const granted = announced.filter((answer) => answer.__typename === 'CreateUploadSuccess')
    expect(granted).toHaveLength(10)
    expect(new Set(announced.map((answer) => answer.__typename))).toEqual(
      new Set(['CreateUploadSuccess', 'QuotaExceededError']),
    )
    expect((await ada.ask(USAGE)).me.storageUsage).toMatchObject({ used: 0, reserved: 1000, limit: 1000 })

    const [kept, ...rest] = granted
    await ada.put(kept.upload.url, 'x'.repeat(100))
    await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: kept.upload.id } })
    await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: kept.upload.id } })
    const abort = 'mutation ($input: AbortUploadInput!) { abortUpload(input: $input) { __typename } }'
    await Promise.all(
      rest.flatMap(({ upload }) => [0, 1].map(() => ada.ask(abort, { input: { uploadId: upload.id } }))),
    )
    expect((await ada.ask(USAGE)).me.storageUsage).toMatchObject({ used: 100, reserved: 0 })
    expect((await ada.announce('rest.txt', 'text/plain', 901)).__typename).toBe('QuotaExceededError')
    expect((await ada.announce('rest.txt', 'text/plain', 900)).__typename).toBe('CreateUploadSuccess')
  })
})
