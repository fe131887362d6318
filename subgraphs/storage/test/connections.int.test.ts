import { randomUUID } from 'node:crypto'
import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  startGoogleDriveEmulator,
  type GoogleDriveEmulator,
} from '../src/drivers/google-drive/google-drive.emulator.ts'
import { startOneDriveEmulator, type OneDriveEmulator } from '../src/drivers/onedrive/onedrive.emulator.ts'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

const BACKEND_URL = 'https://api.vault.example'
const CONNECTION = 'id provider name account state message freeBytes usedForNewDocuments documents lastUsedAt'
const CONNECT = `mutation ($input: ConnectCloudInput!) { connectCloud(input: $input) {
  __typename ... on ConnectCloudSuccess { authorizeUrl connection { ${CONNECTION} } } ... on InvalidInputError { field } ... on Error { code message } } }`
const COMPLETE = `mutation ($input: CompleteCloudConnectionInput!) { completeCloudConnection(input: $input) {
  __typename ... on CompleteCloudConnectionSuccess { connection { ${CONNECTION} } } ... on Error { code message } } }`
const DISCONNECT = `mutation ($input: DisconnectCloudInput!) { disconnectCloud(input: $input) {
  __typename ... on DisconnectCloudSuccess { connectionId } ... on CloudConnectionInUseError { documents } ... on Error { code message } } }`
const CHOOSE = `mutation ($input: ChooseUploadPlaceInput!) { chooseUploadPlace(input: $input) {
  __typename ... on ChooseUploadPlaceSuccess { connection { id usedForNewDocuments } } ... on Error { code message } } }`
const OWN = `{ cloudConnections { edges { cursor node { ${CONNECTION} } } pageInfo { hasNextPage endCursor } } }`

const SECRET = 'GOCSPX-client-secret-of-the-vault'
const clouds = ['GOOGLE_DRIVE', 'ONEDRIVE'] as const
type Cloud = (typeof clouds)[number]
const SLUG = { GOOGLE_DRIVE: 'google-drive', ONEDRIVE: 'onedrive' }

let house: Awaited<ReturnType<typeof openStorageApp>>
let storage: StorageApp
let google: GoogleDriveEmulator
let onedrive: OneDriveEmulator

beforeAll(async () => {
  let now = Date.now
  const options = (slug: string, rotate: boolean) => ({
    clientId: 'vault-client',
    clientSecret: SECRET,
    redirectUris: [`${BACKEND_URL}/api/cloud/${slug}/callback`],
    rotate,
    quota: 10 ** 12,
    now: () => now(),
  })
  google = await startGoogleDriveEmulator(options('google-drive', false))
  onedrive = await startOneDriveEmulator(options('onedrive', true))
  house = await openStorageApp({
    BACKEND_URL,
    FRONTEND_URL: 'https://vault.example',
    QUOTA_DEFAULT_BYTES: '1000',
    GOOGLE_CLIENT_ID: 'vault-client',
    GOOGLE_CLIENT_SECRET: SECRET,
    GOOGLE_AUTHORIZE_URL: `${google.origins.oauth}/auth`,
    GOOGLE_TOKEN_URL: `${google.origins.oauth}/token`,
    GOOGLE_REVOKE_URL: `${google.origins.oauth}/revoke`,
    GOOGLE_API_URL: `${google.origins.api}`,
    GOOGLE_UPLOAD_URL: `${google.origins.upload}`,
    ONEDRIVE_CLIENT_ID: 'vault-client',
    ONEDRIVE_CLIENT_SECRET: SECRET,
    ONEDRIVE_LOGIN_URL: `${onedrive.origins.login}`,
    ONEDRIVE_GRAPH_URL: `${onedrive.origins.graph}`,
  })
  now = house.now
  storage = await house.start()
})
afterAll(async () => {
  await house?.close()
  await google?.close()
  await onedrive?.close()
})

const emulatorOf = (cloud: Cloud) => (cloud === 'GOOGLE_DRIVE' ? google : onedrive)
/** What the account keeps, without folders and marks. */
const filesOf = (cloud: Cloud): string[] =>
  cloud === 'GOOGLE_DRIVE'
    ? [...google.files.values()]
        .filter(({ bytes, name }) => bytes && name.includes('/'))
        .map(({ bytes }) => String(bytes))
    : [...onedrive.items.values()]
        .filter(({ bytes, path }) => bytes && path.split('/').length > 2)
        .map(({ bytes }) => String(bytes))

const begin = (viewer: ReturnType<typeof person>, cloud: Cloud, more: object = {}, app = storage) =>
  app.ask(viewer, CONNECT, { provider: cloud, ...more })

/** What the browser does between the page of the vault and the address it comes back to. */
async function visit(authorizeUrl: string): Promise<URL> {
  const page = await fetch(authorizeUrl, { redirect: 'manual' })
  expect(page.status, await page.clone().text()).toBe(302)
  return new URL(page.headers.get('location') ?? '')
}

/** The provider's answer, as the gateway hands it on. @returns where the person ends up */
async function comeBack(back: URL, app = storage): Promise<URL> {
  expect(back.origin).toBe(BACKEND_URL)
  const reply = await fetch(app.url + back.pathname + back.search, { redirect: 'manual' })
  expect(reply.status).toBe(303)
  expect(reply.headers.get('cache-control')).toBe('no-store')
  const page = new URL(reply.headers.get('location') ?? '')
  expect(page.origin + page.pathname).toBe('https://vault.example/account/connections')
  return page
}

const complete = (viewer: ReturnType<typeof person>, page: URL, app = storage) =>
  app.ask(viewer, COMPLETE, {
    connectionId: page.searchParams.get('connection'),
    word: page.searchParams.get('word'),
  })

async function connect(viewer: ReturnType<typeof person>, cloud: Cloud, more: object = {}) {
  const { authorizeUrl } = await begin(viewer, cloud, more)
  const done = await complete(viewer, await comeBack(await visit(authorizeUrl)))
  if (done.__typename !== 'CompleteCloudConnectionSuccess') throw new Error(JSON.stringify(done))
  return done.connection as { id: string; state: string; account: string }
}

const own = async (viewer: ReturnType<typeof person>) =>
  (await storage.ask(viewer, OWN)).edges.map(({ node }: { node: object }) => node)
const rowOf = (id: string) =>
  house.db.cloudConnection.findUniqueOrThrow({
    where: { id: Buffer.from(id, 'base64url').toString().split(':')[1] ?? '' },
    include: { backend: true },
  })

/** The account of this test, so that tests do not meet in one. */
beforeEach(() => {
  for (const cloud of clouds) {
    const { oauth } = emulatorOf(cloud)
    oauth.account = { id: randomUUID(), email: `${randomUUID().slice(0, 8)}@example.org` }
    oauth.decision = 'allow'
  }
})

describe.for(clouds)('an account at %s', (cloud) => {
  it('is connected by a code with PKCE, and takes and gives documents', async () => {
    const ada = person()
    const begun = await begin(ada, cloud, { name: 'Mine', useForNewDocuments: true })
    expect(begun.connection).toMatchObject({ state: 'CONNECTING', name: 'Mine', usedForNewDocuments: false })
    const asked = new URL(begun.authorizeUrl).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'vault-client',
      redirect_uri: `${BACKEND_URL}/api/cloud/${SLUG[cloud]}/callback`,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    })
    const page = await comeBack(await visit(begun.authorizeUrl))
    expect(page.searchParams.get('result')).toBe('allowed')
    expect((await own(ada))[0], 'not before the session that began it says so').toMatchObject({ state: 'CONNECTING' })
    expect((await complete(ada, page)).connection).toMatchObject({
      state: 'OK',
      account: emulatorOf(cloud).oauth.account.email,
      usedForNewDocuments: true,
      freeBytes: expect.any(Number),
      message: null,
    })

    const text = `a document of ${randomUUID()}`
    const document = await storage.upload(ada, text)
    expect(filesOf(cloud)).toContain(text)
    expect(await storage.read(document.blobId)).toBe(text)
    expect(await storage.file(ada, document)).toMatchObject({ unavailable: null })
    expect((await own(ada))[0]).toMatchObject({ documents: 1, lastUsedAt: expect.any(String) })
  })

  it('belongs to one person: nobody else sees, uses, completes or ends it, administrators neither', async () => {
    const ada = person()
    const eve = person()
    const admin = person({ role: 'ADMIN' })
    const { id } = await connect(ada, cloud, { useForNewDocuments: true })
    const { backendId } = await rowOf(id)
    const place = toGlobalId('StorageBackend', backendId ?? '')
    for (const other of [eve, admin]) {
      expect(await own(other)).toEqual([])
      for (const mutation of [COMPLETE, DISCONNECT, CHOOSE])
        expect((await storage.ask(other, mutation, { connectionId: id })).__typename).toBe('NotFoundError')
      expect((await begin(other, cloud, { connectionId: id })).__typename).toBe('NotFoundError')
      const entity = { representations: [{ __typename: 'CloudConnection', id }] }
      const { data } = await storage.send(
        other,
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on CloudConnection { name } } }',
        entity,
      )
      expect(data?._entities).toEqual([null])
    }
    const { backends } = await storage.ask(admin, '{ storageConfig { backends { id name } } }')
    expect(backends.map((backend: { id: string }) => backend.id)).not.toContain(place)
    const found = await storage.send(
      admin,
      'query ($id: ID!) { storageBackend(id: $id) { name settings { value } } }',
      {
        id: place,
      },
    )
    expect(found.data?.storageBackend).toBeNull()
    for (const name of ['configureStorage', 'removeStorageBackend', 'testStorageBackend', 'updateStorageBackend']) {
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`
      const mutation = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`
      expect((await storage.ask(admin, mutation, { backendId: place })).__typename, name).toBe('NotFoundError')
    }
    const before = filesOf(cloud).length
    await storage.upload(eve, 'of Eve')
    expect(filesOf(cloud)).toHaveLength(before)
  })

  it('is not for API tokens', async () => {
    const token = person({ scopes: ['documents:read', 'documents:write'] })
    for (const reply of [
      await storage.send(token, OWN),
      await storage.send(token, CONNECT, { input: { provider: cloud } }),
    ])
      expect(reply.errors?.[0].extensions.code).toBe('FORBIDDEN')
    expect((await storage.send(null, OWN)).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  })

  it('chooses where new documents go, and back', async () => {
    const ada = person()
    const { id } = await connect(ada, cloud)
    const inVault = await storage.upload(ada, 'in the vault')
    await storage.ask(ada, CHOOSE, { connectionId: id })
    const inCloud = await storage.upload(ada, `in the cloud ${id}`)
    await storage.ask(ada, CHOOSE, {})
    await storage.upload(ada, 'in the vault again')
    expect(filesOf(cloud).filter((text) => text.includes(id) || text.includes('in the vault'))).toEqual([
      `in the cloud ${id}`,
    ])
    expect([await storage.read(inVault.blobId), await storage.read(inCloud.blobId)]).toEqual([
      'in the vault',
      `in the cloud ${id}`,
    ])
  })

  it('does not count against the limit of the vault', async () => {
    const ada = person()
    const usage = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { storageUsage { used own reserved limit shares { backend bytes } } } } }`
    const usageOf = async () =>
      (await storage.send(ada, usage, { r: [{ __typename: 'User', id: toGlobalId('User', ada.userId) }] })).data
        ?._entities[0].storageUsage
    const { id } = await connect(ada, cloud, { name: 'Mine', useForNewDocuments: true })
    await storage.upload(ada, 'x'.repeat(5000))
    expect(await usageOf()).toMatchObject({
      used: 5000,
      own: 5000,
      limit: 1000,
      shares: [{ backend: 'Mine', bytes: 5000 }],
    })
    await storage.begin(ada, 3000)
    expect(await usageOf()).toMatchObject({ reserved: 3000, own: 8000 })
    await storage.ask(ada, CHOOSE, {})
    await expect(storage.begin(ada, 1001)).rejects.toMatchObject({ code: 'storage.quota_exceeded' })
    await storage.upload(ada, 'y'.repeat(1000))
    await expect(storage.begin(ada, 1)).rejects.toMatchObject({ code: 'storage.quota_exceeded' })
    expect((await rowOf(id)).state).toBe('OK')
  })

  describe('on the way back from the provider', () => {
    const failure = (page: URL) => [page.searchParams.get('result'), page.searchParams.get('reason')]

    it('a refusal by its owner, and one without the files, leave nothing behind', async () => {
      const ada = person()
      const { oauth } = emulatorOf(cloud)
      for (const [decision, reason] of [
        ['deny', 'denied'],
        ['allow without the files', 'missing-permission'],
      ] as const) {
        oauth.decision = decision
        const page = await comeBack(await visit((await begin(ada, cloud)).authorizeUrl))
        expect(failure(page)).toEqual(['failed', reason])
        expect(await own(ada)).toEqual([])
      }
    })

    it('a state that is unknown, missing or given twice is none', async () => {
      const at = `${BACKEND_URL}/api/cloud/${SLUG[cloud]}/callback`
      for (const query of [
        '',
        '?code=x',
        `?code=x&state=${'a'.repeat(43)}`,
        '?code=x&state=a&state=b',
        `?state=${'a'.repeat(5000)}`,
      ])
        expect(failure(await comeBack(new URL(at + query))), query).toEqual(['failed', 'unknown'])
    })

    it('a state is good for a quarter of an hour', async () => {
      const ada = person()
      const { authorizeUrl } = await begin(ada, cloud)
      const back = await visit(authorizeUrl)
      house.pass(15 * 60_000)
      expect(failure(await comeBack(back))).toEqual(['failed', 'expired'])
      expect(await own(ada)).toEqual([])
    })

    it('a state is good for one answer, also of two at once', async () => {
      const ada = person()
      const { authorizeUrl } = await begin(ada, cloud)
      const back = await visit(authorizeUrl)
      const pages = await Promise.all([comeBack(back), comeBack(back)])
      expect(pages.map((page) => page.searchParams.get('reason')).sort()).toEqual([null, 'replayed'].sort())
      expect(failure(await comeBack(back))).toEqual(['failed', 'replayed'])
      const page = pages.find((one) => one.searchParams.has('word')) as URL
      expect((await complete(ada, page)).connection.state, 'the first answer still counts').toBe('OK')
      expect(failure(await comeBack(back))).toEqual(['failed', 'unknown'])
    })

    it('an answer of another provider is refused, and so is one of another issuer', async () => {
      const ada = person()
      const back = await visit((await begin(ada, cloud)).authorizeUrl)
      const other = clouds.find((one) => one !== cloud) as Cloud
      back.pathname = back.pathname.replace(SLUG[cloud], SLUG[other])
      expect(failure(await comeBack(back))).toEqual(['failed', 'wrong-provider'])
      if (cloud !== 'GOOGLE_DRIVE') return
      const mixed = await visit((await begin(ada, cloud)).authorizeUrl)
      mixed.searchParams.set('iss', 'https://evil.example')
      expect(failure(await comeBack(mixed))).toEqual(['failed', 'wrong-provider'])
    })

    it('a code that is not taken, or a provider that does not answer, is told apart', async () => {
      const ada = person()
      const emulator = emulatorOf(cloud)
      const stale = await visit((await begin(ada, cloud)).authorizeUrl)
      emulator.oauth.expireCodes()
      expect(failure(await comeBack(stale))).toEqual(['failed', 'exchange-failed'])
      const back = await visit((await begin(ada, cloud)).authorizeUrl)
      emulator.fail({
        when: ({ method, url }) => method === 'POST' && url.pathname.endsWith('/token'),
        times: 3,
        how: { answer: { status: 503, body: 'busy' } },
      })
      expect(failure(await comeBack(back))).toEqual(['failed', 'unavailable'])
      expect(await own(ada)).toEqual([])
    })

    it('a code that was put in from elsewhere does not fit the verifier', async () => {
      const [ada, eve] = [person(), person()]
      const mine = await visit((await begin(ada, cloud)).authorizeUrl)
      const theirs = await visit((await begin(eve, cloud)).authorizeUrl)
      mine.searchParams.set('code', theirs.searchParams.get('code') ?? '')
      expect(failure(await comeBack(mine))).toEqual(['failed', 'exchange-failed'])
    })

    it('an address that is not registered is refused by the provider, who sends nobody anywhere', async () => {
      const url = new URL((await begin(person(), cloud)).authorizeUrl)
      url.searchParams.set('redirect_uri', 'https://evil.example/callback')
      const page = await fetch(url, { redirect: 'manual' })
      expect([page.status, page.headers.get('location')]).toEqual([400, null])
    })

    it('only the session that began it ends it: whoever sends another to the provider gets no access to their account', async () => {
      const [ada, eve] = [person(), person()]
      const { authorizeUrl, connection } = await begin(eve, cloud)
      // Ada opens the address that Eve sent her, allows it, and comes back to a vault that knows her as Ada.
      const page = await comeBack(await visit(authorizeUrl))
      expect((await complete(ada, page)).__typename).toBe('NotFoundError')
      const guessed = new URL(page)
      guessed.searchParams.set('word', 'a'.repeat(43))
      expect((await complete(eve, guessed)).__typename).toBe('AuthorizationEndedError')
      const elsewhere = { ...eve, sessionId: randomUUID() }
      expect((await complete(elsewhere, page)).__typename).toBe('AuthorizationEndedError')
      expect((await own(eve))[0]).toMatchObject({ id: connection.id, state: 'CONNECTING' })
      house.pass(15 * 60_000)
      expect((await complete(eve, page)).__typename, 'nor after its time').toBe('AuthorizationEndedError')
    })
  })

  it('that was begun and never finished is forgotten', async () => {
    const ada = person()
    await begin(ada, cloud)
    house.pass(3 * 3_600_000)
    await storage.run('check-connections')
    expect(await own(ada)).toEqual([])
  })

  describe('that does not let the vault in any more', () => {
    it('breaks once, loses nothing, sends new documents to the vault, and is mended in place', async () => {
      const ada = person()
      const second = await house.start()
      const { oauth } = emulatorOf(cloud)
      const { id } = await connect(ada, cloud, { useForNewDocuments: true })
      const before = await rowOf(id)
      const text = `kept ${randomUUID()}`
      const document = await storage.upload(ada, text)
      expect(await second.read(document.blobId)).toBe(text)
      await house.sent('record-audit')
      await house.sent('send-mail')

      oauth.revoke()
      house.pass(2 * 3_600_000)
      const reads = [storage, second, storage, second].map((app) => app.read(document.blobId).catch(() => 'refused'))
      expect(new Set(await Promise.all(reads))).toEqual(new Set(['refused']))
      expect((await own(ada))[0]).toMatchObject({
        id,
        state: 'BROKEN',
        message: expect.stringContaining('connect the account again'),
      })
      expect((await house.sent('record-audit')).map(({ type }) => type)).toEqual(['storage.connection.broken'])
      expect(await house.sent('send-mail')).toMatchObject([
        {
          userId: ada.userId,
          template: 'cloud-connection-broken',
          values: { url: 'https://vault.example/account/connections' },
        },
      ])

      const listed = await storage.file(ada, document)
      expect(listed).toMatchObject({
        size: text.length,
        unavailable: expect.stringContaining('connecting the account once more'),
      })
      const download = await fetch(new URL(listed.download.url, second.url))
      expect([download.status, await download.json()]).toMatchObject([503, { error: { message: listed.unavailable } }])
      const files = filesOf(cloud).length
      const meanwhile = await storage.upload(ada, 'meanwhile')
      expect([filesOf(cloud).length, await storage.read(meanwhile.blobId)]).toEqual([files, 'meanwhile'])
      expect((await storage.ask(ada, CHOOSE, { connectionId: id })).code).toBe('storage.connection.not_working')

      const mended = await connect(ada, cloud)
      expect(mended).toMatchObject({ id, state: 'OK', usedForNewDocuments: true })
      expect((await rowOf(id)).backendId).toBe(before.backendId)
      expect(await own(ada)).toHaveLength(1)
      expect(await storage.read(document.blobId)).toBe(text)
      await expect.poll(() => second.read(document.blobId).catch(() => null), { timeout: 5000 }).toBe(text)
      await storage.upload(ada, 'there again')
      expect(filesOf(cloud)).toHaveLength(files + 1)
    })

    it('is not taken over by another account', async () => {
      const ada = person()
      const { oauth } = emulatorOf(cloud)
      const { id } = await connect(ada, cloud)
      oauth.account = { id: randomUUID(), email: 'another@example.org' }
      const { authorizeUrl } = await begin(ada, cloud, { connectionId: id })
      const page = await comeBack(await visit(authorizeUrl))
      expect((await complete(ada, page)).code).toBe('storage.connection.other_account')
      expect((await own(ada))[0]).toMatchObject({ id, state: 'OK' })
    })

    it('is found out by the check of accounts', async () => {
      const ada = person()
      const { id } = await connect(ada, cloud)
      house.pass(20 * 60_000)
      await storage.run('check-connections')
      expect((await rowOf(id)).state).toBe('OK')
      emulatorOf(cloud).oauth.revoke()
      await storage.run('check-connections')
      expect((await rowOf(id)).state, 'accounts are asked every quarter of an hour').toBe('OK')
      house.pass(20 * 60_000)
      await storage.run('check-connections')
      expect((await rowOf(id)).state).toBe('BROKEN')
    })

    it('is another thing than a provider that is away, or that does not know the vault', async () => {
      const ada = person()
      const emulator = emulatorOf(cloud)
      const { id } = await connect(ada, cloud, { useForNewDocuments: true })
      for (const answer of [
        { status: 503, body: 'busy' },
        { status: 401, body: { error: 'invalid_client' } },
      ]) {
        let away = true
        const isToken = ({ method, url }: { method: string; url: URL }) =>
          away && method === 'POST' && url.pathname.endsWith('/token')
        emulator.fail({ when: isToken, times: Infinity, how: { answer } })
        house.pass(2 * 3_600_000)
        await storage.run('check-connections')
        const { state, backend } = await rowOf(id)
        expect([state, backend?.state]).toEqual(['OK', 'DOWN'])
        const { blobId } = await storage.upload(ada, 'to the vault for now')
        expect(await storage.read(blobId)).toBe('to the vault for now')
        away = false
        house.pass(20 * 60_000)
        await storage.run('check-connections')
        expect((await rowOf(id)).backend?.state).toBe('OK')
      }
    })
  })

  it('whose token ends is refreshed once, however many calls and processes notice', async () => {
    const ada = person()
    const { oauth } = emulatorOf(cloud)
    const second = await house.start()
    const { id } = await connect(ada, cloud, { useForNewDocuments: true })
    const { blobId } = await storage.upload(ada, 'read by many')
    expect(await second.read(blobId)).toBe('read by many')
    for (const end of [() => house.pass(2 * 3_600_000), () => oauth.expireTokens()]) {
      const before = oauth.refreshes
      end()
      const apps = Array.from({ length: 10 }, (_, at) => (at % 2 ? storage : second))
      expect(new Set(await Promise.all(apps.map((app) => app.read(blobId))))).toEqual(new Set(['read by many']))
      expect(oauth.refreshes - before).toBe(1)
    }
    expect((await rowOf(id)).state).toBe('OK')
  })

  it('is let go only when no document lives there, with its access and its mark', async () => {
    const ada = person()
    const { oauth } = emulatorOf(cloud)
    const { id } = await connect(ada, cloud, { useForNewDocuments: true })
    const { blobId, documentId } = await storage.upload(ada, 'still there')
    expect(await storage.ask(ada, DISCONNECT, { connectionId: id })).toMatchObject({
      __typename: 'CloudConnectionInUseError',
      documents: 1,
      message: expect.stringContaining('One document lives'),
    })
    const begun = await storage.begin(ada, 5, documentId)
    await house.db.replica.deleteMany({ where: { blobId } })
    expect(await storage.ask(ada, DISCONNECT, { connectionId: id })).toMatchObject({ documents: 0 })
    await house.db.upload.update({ where: { id: begun.id }, data: { state: 'ABORTED' } })
    expect(await storage.ask(ada, DISCONNECT, { connectionId: id })).toMatchObject({ connectionId: id })
    expect(await own(ada)).toEqual([])
    if (cloud === 'GOOGLE_DRIVE') expect(oauth.refreshTokens.size, 'Google was told').toBe(0)
    expect((await house.sent('record-audit')).at(-1)).toMatchObject({
      type: 'storage.connection.disconnected',
      actorId: ada.userId,
    })
    expect((await connect(ada, cloud)).id).not.toBe(id)
  })
})

describe('connections', () => {
  it('are refused with what to set while the operator has not registered the vault', async () => {
    const bare = await house.start({ GOOGLE_CLIENT_ID: '', ONEDRIVE_CLIENT_ID: '' })
    const ada = person()
    expect(await begin(ada, 'GOOGLE_DRIVE', {}, bare)).toMatchObject({
      __typename: 'CloudNotConfiguredError',
      message: expect.stringContaining('GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET'),
    })
    expect((await begin(ada, 'ONEDRIVE', {}, bare)).message).toContain('ONEDRIVE_CLIENT_ID')
    const ready = 'query { cloudProviders { provider available } }'
    expect(await bare.ask(ada, ready)).toMatchObject([
      { available: false },
      { available: false },
      { available: true },
      { available: true },
    ])
    await bare.close()
  })

  it('of one person are twenty at most, and listed in pages', async () => {
    const ada = person()
    for (let at = 0; at < 20; at++)
      await house.db.cloudConnection.create({ data: { ownerId: ada.userId, provider: 'WEBDAV', name: `${at}` } })
    expect((await begin(ada, 'GOOGLE_DRIVE')).__typename).toBe('TooManyConnectionsError')
    const paged = `query ($after: String) { cloudConnections(first: 15, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }`
    const first = (await storage.send(ada, paged)).data?.cloudConnections
    const rest = (await storage.send(ada, paged, { after: first.pageInfo.endCursor })).data?.cloudConnections
    expect([first.edges.length, first.pageInfo.hasNextPage, rest.edges.length, rest.pageInfo.hasNextPage]).toEqual([
      15,
      true,
      5,
      false,
    ])
  })

  it('are begun only by whoever signed in, or confirmed that, not long ago', async () => {
    const ada = person()
    house.identity.fresh = false
    try {
      expect(await begin(ada, 'GOOGLE_DRIVE')).toMatchObject({
        __typename: 'StepUpRequiredError',
        message: expect.stringContaining('Confirm that it is you'),
      })
      expect(await own(ada)).toEqual([])
    } finally {
      house.identity.fresh = true
    }
  })

  it('are begun thirty times an hour at most', async () => {
    const ada = person()
    const answers = []
    for (let at = 0; at < 31; at++) answers.push((await begin(ada, 'GOOGLE_DRIVE')).__typename)
    expect(answers.at(-2)).toBe('TooManyConnectionsError')
    expect(answers.at(-1)).toBe('RateLimitedError')
  })
})

describe('secrets of accounts', () => {
  it('open for their owner and connection alone', async () => {
    const [ada, eve] = [person(), person()]
    const [mine, theirs] = [await connect(ada, 'GOOGLE_DRIVE'), await connect(eve, 'ONEDRIVE')]
    const { credentials } = await rowOf(mine.id)
    const { id } = await rowOf(theirs.id)
    await house.db.cloudConnection.update({ where: { id }, data: { credentials } })
    const other = await house.start()
    await other.ask(eve, CHOOSE, { connectionId: theirs.id })
    const { blobId } = await other.upload(eve, 'not with a stolen key')
    expect(filesOf('GOOGLE_DRIVE')).not.toContain('not with a stolen key')
    expect(await other.read(blobId), 'the vault takes it').toBe('not with a stolen key')
  })

  it('are in no answer, no log line, no event and no mail, and lie sealed in the database', async () => {
    const ada = person()
    const answers: unknown[] = []
    const begun = await begin(ada, 'ONEDRIVE')
    const back = await visit(begun.authorizeUrl)
    const page = await comeBack(back)
    answers.push(await complete(ada, page), await own(ada))
    const kept = JSON.stringify(
      [
        await house.db.cloudConnection.findMany(),
        await house.db.cloudAuthorization.findMany(),
        await house.db.storageBackend.findMany(),
      ],
      (_name, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : typeof value === 'bigint' ? 0 : value,
    )
    const secrets = [
      ...onedrive.oauth.refreshTokens,
      ...google.oauth.refreshTokens,
      SECRET,
      back.searchParams.get('code'),
      'access-',
    ]
    const told = JSON.stringify([answers, house.jobs]) + house.logged() + kept
    for (const secret of secrets) expect(told.includes(secret ?? ''), `${secret} is told`).toBe(false)
    for (const word of [back.searchParams.get('state') ?? '', page.searchParams.get('word') ?? ''])
      expect((house.logged() + kept).includes(word)).toBe(false)
  })
})

afterEach(() => {
  house.jobs.length = 0
})
