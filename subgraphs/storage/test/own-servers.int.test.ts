import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startNextcloudEmulator, type NextcloudEmulator } from '../src/drivers/nextcloud/nextcloud.emulator.ts'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

const CONNECTION = 'id name account state message freeBytes documents usedForNewDocuments'
const CONNECT = `mutation ($input: ConnectCloudInput!) { connectCloud(input: $input) {
  __typename ... on ConnectCloudSuccess { authorizeUrl connection { ${CONNECTION} } } ... on InvalidInputError { field } ... on Error { code message } } }`
const COMPLETE = `mutation ($input: CompleteCloudConnectionInput!) { completeCloudConnection(input: $input) {
  __typename ... on CompleteCloudConnectionSuccess { connection { ${CONNECTION} } } ... on Error { code message } } }`
const DISCONNECT = `mutation ($input: DisconnectCloudInput!) { disconnectCloud(input: $input) { __typename ... on Error { message } } }`
const OWN = `{ cloudConnections { edges { node { ${CONNECTION} } } } }`

let house: Awaited<ReturnType<typeof openStorageApp>>
let storage: StorageApp
let cloud: NextcloudEmulator

beforeAll(async () => {
  house = await openStorageApp()
  storage = await house.start()
})
afterAll(() => house?.close())
beforeEach(async () => {
  cloud = await startNextcloudEmulator()
})
afterEach(() => cloud.close())

const own = async (viewer: ReturnType<typeof person>) =>
  (await storage.ask(viewer, OWN)).edges.map(({ node }: { node: object }) => node)
const filesIn = () =>
  [...cloud.tree]
    .filter(([path, bytes]) => bytes && /^Archivolt\/[\da-f]{12}\/.+\/.+/.test(path))
    .map(([, bytes]) => String(bytes))
const nextcloud = (more: object = {}) => ({
  provider: 'NEXTCLOUD',
  nextcloud: { url: `${cloud.origins.cloud}/index.php/`, ...more },
})

describe('a Nextcloud', () => {
  it('is connected by its own login page: asked until its owner has allowed it, and not before', async () => {
    const ada = person()
    const begun = await storage.ask(ada, CONNECT, { ...nextcloud(), useForNewDocuments: true })
    expect(begun.authorizeUrl).toContain(`${cloud.origins.cloud}/index.php/login/v2/flow/`)
    const { id } = begun.connection
    const ask = (viewer = ada) => storage.ask(viewer, COMPLETE, { connectionId: id })
    expect((await ask()).connection.state).toBe('CONNECTING')
    cloud.allowLogin()
    expect((await ask({ ...ada, sessionId: 'another session' })).__typename).toBe('AuthorizationEndedError')
    expect((await ask(person())).__typename).toBe('NotFoundError')
    expect((await ask()).connection).toMatchObject({
      state: 'OK',
      account: `ada@example.org at ${new URL(cloud.origins.cloud ?? '').host}`,
      usedForNewDocuments: true,
    })
    expect((await ask()).connection.state, 'and may be asked again').toBe('OK')
    const { blobId } = await storage.upload(ada, 'to Nextcloud')
    expect(filesIn()).toEqual(['to Nextcloud'])
    expect(await storage.read(blobId)).toBe('to Nextcloud')
  })

  it('that fails after its owner has allowed it can be completed once it works: the password is given out once', async () => {
    const ada = person()
    const { connection } = await storage.ask(ada, CONNECT, nextcloud())
    cloud.allowLogin()
    cloud.status.maintenance = true
    const ask = () => storage.ask(ada, COMPLETE, { connectionId: connection.id })
    // The login page is down as well, until it is not.
    expect(await ask()).toMatchObject({ __typename: 'CloudUnusableError' })
    cloud.status.maintenance = false
    cloud.capabilities.dav = { chunking: '0.9' }
    expect(await ask()).toMatchObject({
      __typename: 'CloudUnusableError',
      message: expect.stringContaining('Update it'),
    })
    cloud.capabilities.dav = { chunking: '1.0' }
    expect((await ask()).connection.state).toBe('OK')
  })

  it('is connected with an app password, is broken when that ends, mended with a new one, and gives it back at the end', async () => {
    const ada = person()
    const { login: username, appPassword } = cloud.user
    const wrong = await storage.ask(ada, CONNECT, nextcloud({ username, appPassword: 'wrong-wrong-wrong' }))
    expect(wrong).toMatchObject({ __typename: 'CloudUnusableError', message: expect.stringContaining('app password') })
    expect(await own(ada)).toEqual([])
    const { connection } = await storage.ask(ada, CONNECT, {
      ...nextcloud({ username, appPassword }),
      useForNewDocuments: true,
    })
    expect(connection.state).toBe('OK')
    const document = await storage.upload(ada, 'kept there')

    cloud.user.appPassword = 'another-one-by-now'
    await expect(storage.read(document.blobId)).rejects.toThrow()
    expect((await own(ada))[0]).toMatchObject({
      state: 'BROKEN',
      message: expect.stringContaining('Create a new app password'),
    })
    expect(await house.sent('send-mail')).toHaveLength(1)
    expect((await storage.file(ada, document)).unavailable).toContain('Nextcloud')

    const again = await storage.ask(ada, CONNECT, nextcloud({ username, appPassword: 'another-one-by-now' }))
    expect(again.connection).toMatchObject({ id: connection.id, state: 'OK', documents: 1 })
    expect(await storage.read(document.blobId)).toBe('kept there')

    await house.db.replica.deleteMany({ where: { blobId: document.blobId } })
    await house.db.blob.deleteMany({ where: { id: document.blobId } })
    expect((await storage.ask(ada, DISCONNECT, { connectionId: connection.id })).__typename).toBe(
      'DisconnectCloudSuccess',
    )
    expect(cloud.user.appPassword, 'Nextcloud was told').not.toBe('another-one-by-now')
  })

  it('that has moved is connected again at its new address when its folder is there', async () => {
    const ada = person()
    const { login: username, appPassword } = cloud.user
    const { connection } = await storage.ask(ada, CONNECT, {
      ...nextcloud({ username, appPassword }),
      useForNewDocuments: true,
    })
    const { blobId } = await storage.upload(ada, 'moved along')
    const moved = await startNextcloudEmulator()
    const connectionId = connection.id
    const at = { provider: 'NEXTCLOUD', connectionId, nextcloud: { url: moved.origins.cloud, username, appPassword } }
    expect(await storage.ask(ada, CONNECT, at), 'an empty one').toMatchObject({ code: 'storage.marker_missing' })
    for (const [path, bytes] of cloud.tree) moved.tree.set(path, bytes)
    expect((await storage.ask(ada, CONNECT, at)).connection).toMatchObject({ id: connectionId, state: 'OK' })
    expect(await (await house.start()).read(blobId)).toBe('moved along')
    expect(moved.requests.some(({ method, path }) => method === 'GET' && path.includes('/files/'))).toBe(true)
    await moved.close()
  })

  it('of two people keeps their documents apart, also where they share one account', async () => {
    const { login: username, appPassword } = cloud.user
    const folders = new Set<string>()
    for (const viewer of [person(), person()]) {
      await storage.ask(viewer, CONNECT, { ...nextcloud({ username, appPassword }), useForNewDocuments: true })
      await storage.upload(viewer, 'mine')
      for (const path of cloud.tree.keys()) if (path.endsWith('archivolt-vault.json')) folders.add(path)
    }
    expect(folders.size).toBe(2)
  })
})

describe('a WebDAV server', () => {
  it('is connected with a password, and takes and gives documents', async () => {
    const ada = person()
    const url = `${cloud.origins.cloud}/remote.php/dav/files/${encodeURIComponent(cloud.user.id)}`
    const webdav = { url, username: cloud.user.login, password: cloud.user.appPassword }
    const wrong = await storage.ask(ada, CONNECT, { provider: 'WEBDAV', webdav: { ...webdav, password: 'wrong' } })
    expect(wrong).toMatchObject({
      __typename: 'CloudUnusableError',
      message: expect.stringContaining('user name and password'),
    })
    const done = await storage.ask(ada, CONNECT, {
      provider: 'WEBDAV',
      name: 'My server',
      webdav,
      useForNewDocuments: true,
    })
    expect(done).toMatchObject({
      __typename: 'ConnectCloudSuccess',
      authorizeUrl: null,
      connection: { name: 'My server', state: 'OK' },
    })
    const { blobId } = await storage.upload(ada, 'to WebDAV')
    expect(filesIn()).toEqual(['to WebDAV'])
    expect(await storage.read(blobId)).toBe('to WebDAV')
  })
})

describe('an address that a person types in', () => {
  const asNextcloud = (url: string) => ({ provider: 'NEXTCLOUD', nextcloud: { url } })
  const asWebdav = (url: string) => ({ provider: 'WEBDAV', webdav: { url, username: 'u', password: 'hunter2hunter2' } })

  it.for([
    'http://169.254.169.254/latest/meta-data',
    'https://[::ffff:169.254.169.254]/',
    'https://10.0.0.1/',
    'https://192.168.1.1/cloud',
    'https://0x0a000001/',
    'https://2886729729/',
    'https://[fd00:ec2::254]/',
    'https://metadata.google.internal/',
    'https://0.0.0.0/',
    'http://93.184.216.34/',
  ])('%s is judged before anything is sent there', async (url) => {
    for (const input of [asNextcloud(url), asWebdav(url)]) {
      const answer = await storage.ask(person(), CONNECT, input)
      expect(answer).toMatchObject({ __typename: 'CloudUnusableError', code: expect.stringMatching(/^net\./) })
      expect(JSON.stringify(answer)).not.toContain('hunter2')
    }
  })

  it.for(['', 'cloud.example', 'ftp://files.example/', 'https://user:secret@cloud.example/', 'http://127.0.0.1:22/'])(
    '"%s" is no address of a cloud',
    async (url) => {
      for (const input of [asNextcloud(url), asWebdav(url)])
        expect((await storage.ask(person(), CONNECT, input)).__typename).toBe('InvalidInputError')
    },
  )

  it('that leads elsewhere gets no password to carry there', async () => {
    const heard: (string | undefined)[] = []
    const thief = createServer((request, response) => {
      heard.push(request.headers.authorization)
      response.writeHead(200).end('{}')
    }).listen(0, '127.0.0.1')
    await once(thief, 'listening')
    const elsewhere = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/`
    const { login: username, appPassword } = cloud.user
    for (const status of [301, 302, 303, 307, 308]) {
      const how = { answer: { status, headers: { location: elsewhere } } }
      cloud.fail({ when: () => true, times: Infinity, how })
      const url = `${cloud.origins.cloud}/`
      for (const input of [asNextcloud(url), nextcloud({ username, appPassword }), { ...asWebdav(url) }]) {
        expect((await storage.ask(person(), CONNECT, input)).__typename).toBe('CloudUnusableError')
      }
    }
    expect(heard.filter(Boolean)).toEqual([])
    thief.close()
  })
})
