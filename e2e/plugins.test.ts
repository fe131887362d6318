import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN, freePort } from './src/vault-process.ts'

const EXAMPLE = path.resolve(import.meta.dirname, '../examples/plugins/reading-notes/main.ts')
/** The registry asks every 30 seconds. */
const ONE_POLL_MS = 35_000
const PLUGIN = `query { plugin(id: "reading-notes") {
  name access { requiredGroups } health { state reason } settings settingsSchema routes { path } } }`
const SERVICES = 'query { services(first: 50) { edges { node { name health { state reason } plugin { id } } } } }'
const UPDATE = `mutation ($input: UpdatePluginSettingsInput!) { updatePluginSettings(input: $input) {
  __typename ... on UpdatePluginSettingsSuccess { plugin { settings } } ... on Error { code message } } }`
const WRITE = `mutation ($input: WriteReadingNoteInput!) { writeReadingNote(input: $input) {
  __typename ... on WriteReadingNoteSuccess { note { text document { title } } } ... on ReadingNoteRefused { message } } }`
const MINE = 'query { readingNotes { text document { title } } }'

let house: TestHouse
let admin: Person
let ada: Person
let example: ChildProcess
let broken: Server
let brokenUrl: string
let exampleUrl: string
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archivolt-plugin-'))
  const port = await freePort()
  exampleUrl = `http://127.0.0.1:${port}`
  broken = createServer((_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  )
  await once(broken.listen(0, '127.0.0.1'), 'listening')
  brokenUrl = `http://127.0.0.1:${(broken.address() as { port: number }).port}`
  house = await openTestHouse({ PLUGIN_URLS: `${exampleUrl},${brokenUrl}` })
  example = spawn(process.execPath, [EXAMPLE], {
    env: { ...process.env, PORT: String(port), VAULT_URL: house.url, NOTES_FILE: path.join(folder, 'notes.json') },
    stdio: 'ignore',
  })
  admin = await new Person(house.url).signIn(ADMIN)
  ada = await new Person(house.url).register('Ada')
})

afterAll(async () => {
  example?.kill('SIGTERM')
  broken?.close()
  await ada?.leave()
  await admin?.leave()
  await house?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function until(holds: () => Promise<unknown>, withinMs = ONE_POLL_MS): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never true: ${holds}`)
    await sleep(200)
  }
}
const plugin = async () => (await admin.send(PLUGIN)).data?.plugin
const services = async () => (await admin.send(SERVICES)).data?.services.edges.map(({ node }: any) => node)

test('the example appears within one poll: group, health, form, and its fields in the graph', async () => {
  await until(async () => (await plugin())?.health.state === 'OK')
  expect(await plugin()).toMatchObject({
    name: 'Reading notes',
    access: { requiredGroups: ['reading-notes-admin'] },
    settings: { maxLength: 2000 },
    settingsSchema: { type: 'object', properties: { maxLength: { title: 'Longest note' } } },
    routes: [{ path: '/reading-notes' }],
  })
  const groups = await house.sql('identity', 'SELECT name FROM groups WHERE name = $1', ['reading-notes-admin'])
  expect(groups).toHaveLength(1)
  await until(async () => (await admin.send(MINE)).errors === undefined, 10_000)
})

test('a redirect to the metadata service changes nothing, and is explained', async () => {
  const found = (await services()).find(({ name }: any) => name === brokenUrl)
  expect(found).toMatchObject({ plugin: null, health: { state: 'DOWN', reason: expect.stringContaining('redirect') } })
})

test('its fields are for whoever may use it, from the next request on', async () => {
  const id = await ada.upload('lease.txt', 'text/plain', new TextEncoder().encode('the deposit is on page three'))
  await ada.untilDone(id)
  const write = () => ada.send(WRITE, { input: { documentId: id, text: 'The deposit.' } })
  expect((await write()).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const grant = (mutation: 'grantApp' | 'revokeApp', type: string) =>
    admin.send(`mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ... on Error { message } } }`, {
      input: { appId: 'reading-notes', userId: ada.userId },
    })
  expect((await grant('grantApp', 'GrantAppInput')).data?.grantApp.__typename).toBe('GrantAppSuccess')
  const GRANTS = '{ plugin(id: "reading-notes") { grants { edges { node { user { id } group { id } } } } } }'
  expect((await admin.send(GRANTS)).data?.plugin.grants.edges).toEqual([
    { node: { user: { id: ada.userId }, group: null } },
  ])
  expect((await ada.send(GRANTS)).data?.plugin.grants.edges).toEqual([])
  const { title } = (await ada.send('query ($id: ID!) { document(id: $id) { title } }', { id })).data?.document ?? {}
  expect((await write()).data?.writeReadingNote).toMatchObject({ note: { text: 'The deposit.', document: { title } } })
  const beside = await ada.send('query ($id: ID!) { document(id: $id) { title readingNotes { text } } }', { id })
  expect(beside.data?.document).toEqual({ title, readingNotes: [{ text: 'The deposit.' }] })
  expect((await admin.send(MINE)).data?.readingNotes, 'notes are their writer’s').toEqual([])
  expect((await ada.send('{ plugins { edges { node { id } } } }')).data?.plugins.edges).toContainEqual({
    node: { id: 'reading-notes' },
  })
  await grant('revokeApp', 'RevokeAppInput')
  expect((await write()).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  expect((await ada.send('{ plugins { edges { node { id } } } }')).data?.plugins.edges).not.toContainEqual({
    node: { id: 'reading-notes' },
  })
})

test('its settings are checked before they reach it, and are for its administrators', async () => {
  const update = (who: Person, settings: object) => who.send(UPDATE, { input: { pluginId: 'reading-notes', settings } })
  expect((await update(admin, { maxLength: 0 })).data?.updatePluginSettings).toMatchObject({
    code: 'identity.plugin.settings_invalid',
  })
  expect((await update(admin, { maxLength: 10 })).data?.updatePluginSettings.plugin.settings.maxLength).toBe(10)
  expect((await update(ada, { maxLength: 20 })).data?.updatePluginSettings).toMatchObject({ code: 'not_found' })
})

test('when it is gone, the rest of the vault is whole, and its absence is explained', async () => {
  const gone = once(example, 'exit')
  example.kill('SIGKILL')
  await gone
  const { data, errors } = await admin.send('{ readingNotes { text } }')
  expect([data?.readingNotes ?? null, errors?.[0]?.extensions?.code]).toEqual([null, 'UNAVAILABLE'])
  expect((await admin.send('{ me { id } }')).data?.me.id).toBeDefined()
  await until(async () => (await plugin())?.health.state === 'DOWN')
  expect((await plugin()).health.reason).toContain('does not answer')
})
