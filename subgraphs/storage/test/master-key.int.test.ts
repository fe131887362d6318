import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startNextcloudEmulator, type NextcloudEmulator } from '../src/drivers/nextcloud/nextcloud.emulator.ts'
import { startOneDriveEmulator, type OneDriveEmulator } from '../src/drivers/onedrive/onedrive.emulator.ts'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

const CONNECT = `mutation ($input: ConnectCloudInput!) { connectCloud(input: $input) {
  __typename ... on ConnectCloudSuccess { authorizeUrl connection { id state } } ... on Error { message } } }`
const COMPLETE = `mutation ($input: CompleteCloudConnectionInput!) { completeCloudConnection(input: $input) { __typename ... on Error { message } } }`
const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) { __typename ... on Error { message } } }`

const newKey = () => randomBytes(32).toString('base64')
type House = Awaited<ReturnType<typeof openStorageApp>>

let house: House
let cloud: NextcloudEmulator
let onedrive: OneDriveEmulator
beforeEach(async () => {
  cloud = await startNextcloudEmulator()
  onedrive = await startOneDriveEmulator({
    redirectUris: ['https://vault.example/api/cloud/onedrive/callback'],
    rotate: true,
    now: () => house.now(),
  })
  house = await openStorageApp({
    ONEDRIVE_CLIENT_ID: 'archivolt',
    ONEDRIVE_LOGIN_URL: `${onedrive.origins.login}`,
    ONEDRIVE_GRAPH_URL: `${onedrive.origins.graph}`,
  })
})
afterEach(async () => {
  await house.close()
  await cloud.close()
  await onedrive.close()
})

/** A place of the vault and a person's own account, both with secrets. */
async function fill(storage: StorageApp) {
  const ada = person()
  const { login: username, appPassword } = cloud.user
  const nextcloud = { url: cloud.origins.cloud, username, appPassword }
  const admin = person({ role: 'ADMIN' })
  const place = { name: 'Cloud', driver: 'NEXTCLOUD', config: { nextcloud: { ...nextcloud, root: 'vault' } } }
  expect((await storage.ask(admin, ADD, place)).__typename).toBe('AddStorageBackendSuccess')
  const begun = await storage.ask(ada, CONNECT, { provider: 'ONEDRIVE', useForNewDocuments: true })
  const back = new URL((await fetch(begun.authorizeUrl, { redirect: 'manual' })).headers.get('location') ?? '')
  const reply = await fetch(storage.url + back.pathname + back.search, { redirect: 'manual' })
  const word = new URL(reply.headers.get('location') ?? '').searchParams.get('word')
  const done = await storage.ask(ada, COMPLETE, { connectionId: begun.connection.id, word })
  expect(done.__typename).toBe('CompleteCloudConnectionSuccess')
  return { ada, blobId: (await storage.upload(ada, 'kept')).blobId }
}

/** The versions of the master key that the secrets in the database are sealed with. */
async function versions({ db }: House): Promise<number[]> {
  const sealed = [
    ...(await db.storageBackend.findMany()).map(({ secrets }) => secrets),
    ...(await db.cloudConnection.findMany()).map(({ credentials }) => credentials),
    ...(await db.cloudAuthorization.findMany()).map(({ secret }) => secret),
    ...(await db.vault.findMany()).map(({ keyCheck }) => keyCheck),
  ]
  return sealed.filter((bytes) => bytes !== null).map((bytes) => Buffer.from(bytes).readUInt32BE(1))
}

describe('the master key', () => {
  it('that is not the one of the vault stops the start, and leaves no trace', async () => {
    const first = await house.start()
    await fill(first)
    const before = await house.db.vault.findFirst()
    const stops = { code: 'crypto.wrong_master_key' }
    await expect(house.start({ CLOUD_CREDS_KEY: newKey() })).rejects.toMatchObject(stops)
    await expect(house.start({ CLOUD_CREDS_KEY: newKey(), CLOUD_CREDS_KEY_PREVIOUS: newKey() })).rejects.toMatchObject(
      stops,
    )
    expect(await house.db.vault.findFirst()).toEqual(before)
    await expect(house.start({ CLOUD_CREDS_KEY: 'a passphrase' })).rejects.toThrow('CLOUD_CREDS_KEY')
  })

  it('changes while the vault is used: everything stays readable, and nothing is left under the old one', async () => {
    const [K1, K2] = [house.master, newKey()]
    const { ada, blobId } = await fill(await house.start())
    // Every machine first learns to open with the new key, then each begins to seal with it.
    const learning = await house.start({ CLOUD_CREDS_KEY: K1, CLOUD_CREDS_KEY_PREVIOUS: K2 })
    const changed = await house.start({ CLOUD_CREDS_KEY: K2, CLOUD_CREDS_KEY_PREVIOUS: K1 })
    let writing = true
    const write = async (app: StorageApp) => {
      while (writing) {
        // Each read finds its token too old, and seals the new one with the key of its process.
        onedrive.expireTokens()
        expect(await app.read(blobId)).toBe('kept')
      }
    }
    const writers = [write(learning), write(changed)]
    for (let round = 0; round < 5; round++) await changed.run('reseal-secrets')
    writing = false
    await Promise.all(writers)
    expect(onedrive.oauth.refreshes).toBeGreaterThan(0)
    await learning.run('reseal-secrets')
    expect(new Set(await versions(house)), 'a machine that is yet to change undoes nothing').not.toContain(0)

    await learning.close()
    await changed.run('reseal-secrets')
    expect(new Set(await versions(house))).toEqual(new Set([2]))
    const alone = await house.start({ CLOUD_CREDS_KEY: K2 })
    house.pass(2 * 3_600_000)
    expect(await alone.read(blobId)).toBe('kept')
    expect((await alone.upload(ada, 'and more')).blobId).toBeTruthy()
    await expect(house.start({ CLOUD_CREDS_KEY: K1 })).rejects.toMatchObject({ code: 'crypto.wrong_master_key' })
  })

  it('changes again, and the one before the last is of no use any more', async () => {
    const [K1, K2, K3] = [house.master, newKey(), newKey()]
    await fill(await house.start())
    for (const [current, previous] of [
      [K2, K1],
      [K3, K2],
    ] as const) {
      const storage = await house.start({ CLOUD_CREDS_KEY: current, CLOUD_CREDS_KEY_PREVIOUS: previous })
      await storage.run('reseal-secrets')
      await storage.close()
    }
    expect(new Set(await versions(house))).toEqual(new Set([3]))
    await expect(house.start({ CLOUD_CREDS_KEY: newKey(), CLOUD_CREDS_KEY_PREVIOUS: K1 })).rejects.toMatchObject({
      code: 'crypto.wrong_master_key',
    })
    await house.start({ CLOUD_CREDS_KEY: K3 })
  })

  it('of a vault that is older than the list of its keys is found all the same', async () => {
    await fill(await house.start())
    await house.db.vault.updateMany({ data: { keys: [] } })
    const storage = await house.start({ CLOUD_CREDS_KEY: newKey(), CLOUD_CREDS_KEY_PREVIOUS: house.master })
    await storage.run('reseal-secrets')
    expect(new Set(await versions(house))).toEqual(new Set([2]))
  })

  it('may be changed by several starters at once: they find one version', async () => {
    await fill(await house.start())
    const K2 = newKey()
    const keys = { CLOUD_CREDS_KEY: K2, CLOUD_CREDS_KEY_PREVIOUS: house.master }
    await Promise.all([house.start(keys), house.start(keys), house.start(keys)])
    expect((await house.db.vault.findFirst())?.keys).toHaveLength(2)
  })
})
