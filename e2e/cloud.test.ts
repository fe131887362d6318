import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  startOneDriveEmulator,
  type OneDriveEmulator,
} from '../subgraphs/storage/src/drivers/onedrive/onedrive.emulator.ts'
import { DOCUMENT, Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { freePort } from './src/vault-process.ts'

const CONNECT = `mutation ($input: ConnectCloudInput!) { connectCloud(input: $input) {
  __typename ... on ConnectCloudSuccess { authorizeUrl connection { id state } } ... on Error { code message } } }`
const COMPLETE = `mutation ($input: CompleteCloudConnectionInput!) { completeCloudConnection(input: $input) {
  __typename ... on CompleteCloudConnectionSuccess { connection { id state account } } ... on Error { code message } } }`
const MINE = '{ cloudConnections { edges { node { id state documents } } } }'

const text = 'The minutes of the garden club, kept in a cloud of its own.'

describe('a cloud of one’s own', () => {
  let house: TestHouse
  let onedrive: OneDriveEmulator
  let ada: Person

  beforeAll(async () => {
    const port = await freePort()
    const redirectUris = [`http://localhost:${port}/api/cloud/onedrive/callback`]
    onedrive = await startOneDriveEmulator({ redirectUris, rotate: true })
    house = await openTestHouse({
      PORT: String(port),
      ALLOWED_NETWORKS: '127.0.0.1',
      ONEDRIVE_CLIENT_ID: 'archivolt',
      ONEDRIVE_LOGIN_URL: `${onedrive.origins.login}`,
      ONEDRIVE_GRAPH_URL: `${onedrive.origins.graph}`,
    })
    ada = await new Person(`http://localhost:${port}`).register('Ada')
  })
  afterAll(async () => {
    await ada?.leave()
    await house?.stop()
    await onedrive?.close()
  })

  test('is connected through the gateway, keeps new documents, and gives them back', async () => {
    const { connectCloud } = await ada.ask(CONNECT, { input: { provider: 'ONEDRIVE', useForNewDocuments: true } })
    const consent = await fetch(connectCloud.authorizeUrl, { redirect: 'manual' })
    const back = await fetch(consent.headers.get('location') ?? '', { redirect: 'manual' })
    expect(back.status).toBe(303)
    const page = new URL(back.headers.get('location') ?? '')
    expect(page.origin + page.pathname).toBe(`${ada.url}/account/connections`)
    const input = { connectionId: page.searchParams.get('connection'), word: page.searchParams.get('word') }
    expect(input.connectionId).toBe(connectCloud.connection.id)
    const { completeCloudConnection } = await ada.ask(COMPLETE, { input })
    expect(completeCloudConnection.connection).toMatchObject({ state: 'OK', account: 'ada@example.org' })

    const id = await ada.upload('minutes.txt', 'text/plain', new TextEncoder().encode(text))
    expect(await ada.untilDone(id)).toMatchObject({ status: 'READY' })
    expect([...onedrive.items.values()].map(({ bytes }) => String(bytes))).toContain(text)
    const { document } = await ada.ask(DOCUMENT, { id })
    expect(await (await fetch(new URL(document.file.download.url, ada.url))).text()).toBe(text)
    const { cloudConnections } = await ada.ask(MINE)
    expect(cloudConnections.edges[0].node).toMatchObject({ state: 'OK', documents: 1 })
  })

  test('is not seen by anybody else', async () => {
    const eve = await new Person(ada.url).register('Eve')
    expect((await eve.ask(MINE)).cloudConnections.edges).toEqual([])
    await eve.leave()
  })
})
