import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENT, Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  ... on AddStorageBackendSuccess { backend { id } } ... on Error { code } } }`
const CONFIGURE = `mutation ($input: ConfigureStorageInput!) { configureStorage(input: $input) { __typename } }`
const START = `mutation ($input: StartFixityScanInput!) { startFixityScan(input: $input) {
  __typename ... on StartFixityScanSuccess { scan { id state } } ... on Error { code message } } }`
const START_ORPHANS = `mutation { startOrphanScan(input: {}) { __typename ... on Error { code } } }`
const APPROVE = `mutation ($input: ApproveGarbageDeletionInput!) { approveGarbageDeletion(input: $input) { __typename ... on Error { code } } }`
const REPORT = `{ fixityReport { running { id } latest { id state checked ok damaged missing repaired bytes total startedAt finishedAt startedById
  places { backend { name } state checked checkpoint message }
  findings(first: 10) { totalCount edges { node { kind key documentId backendId repairedAt } } pageInfo { hasNextPage } } } } }`
const GARBAGE = `{ storageGarbage { places { backend { name } objects bytes due held } scan { state orphans foreign missing
  findings(first: 10) { edges { node { kind key } } } } } }`

describe('proof of what is stored', () => {
  let house: TestHouse
  let admin: Person
  let ada: Person
  let folder: string
  let documentId: string
  let placeId: string

  beforeAll(async () => {
    house = await openTestHouse()
    admin = await new Person(house.url).signIn(ADMIN)
    ada = await new Person(house.url).register('Ada')
    folder = await mkdtemp(path.join(tmpdir(), 'archivolt-fixity-'))
    const input = { name: 'Shelf', driver: 'LOCAL', config: { local: { root: folder } } }
    placeId = (await admin.ask(ADD, { input })).addStorageBackend.backend.id
    await admin.ask(CONFIGURE, { input: { backendId: placeId } })
    documentId = await ada.upload('a.txt', 'text/plain', new TextEncoder().encode('what was stored'))
  })
  afterAll(async () => {
    await ada?.leave()
    await house?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const latest = async (field: 'fixityReport' | 'storageGarbage', query: string) => {
    const read = async () => (await admin.ask(query))[field]
    await expect
      .poll(
        async () => {
          const { latest, scan } = await read()
          return (latest ?? scan)?.state ?? 'RUNNING'
        },
        { timeout: 20_000 },
      )
      .not.toBe('RUNNING')
    return read()
  }

  test('is for administrators of the storage alone', async () => {
    for (const [query, variables] of [
      [REPORT],
      [GARBAGE],
      [START, { input: {} }],
      [START_ORPHANS],
      [APPROVE, { input: { backendId: placeId, objects: 0 } }],
    ] as const) {
      expect((await ada.send(query, variables)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
      expect((await new Person(house.url).send(query, variables)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    }
  })

  test('reads every copy, and a damaged one is told and not given out any more', async () => {
    const wrong = await admin.ask(START, { input: { bytesPerSecond: 1 } })
    expect(wrong.startFixityScan.code).toBe('invalid_input')
    const [file] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.txt')) as [string]
    await writeFile(path.join(folder, file), 'what was stareD')
    expect((await admin.ask(START, { input: { backendId: placeId } })).startFixityScan).toMatchObject({
      __typename: 'StartFixityScanSuccess',
    })
    const report = await latest('fixityReport', REPORT)
    expect(report).toMatchObject({
      running: null,
      latest: {
        state: 'DONE',
        checked: 1,
        ok: 0,
        damaged: 1,
        missing: 0,
        repaired: 0,
        startedById: expect.any(String),
      },
    })
    expect(report.latest.places).toMatchObject([
      { backend: { name: 'Shelf' }, state: 'DONE', checked: 1, message: null },
    ])
    expect(report.latest.findings).toMatchObject({
      totalCount: 1,
      edges: [{ node: { kind: 'DAMAGED', key: file, documentId, backendId: placeId, repairedAt: null } }],
    })
    const { document } = await ada.ask(DOCUMENT, { id: documentId })
    if (document.file) {
      const reply = await fetch(new URL(document.file.download.url, house.url))
      expect(reply.status).toBe(503)
    }
  })

  test('finds bytes without a file, and leaves foreign ones alone', async () => {
    const orphan = `${randomUUID()}/${randomUUID()}/${randomUUID()}.bin`
    await mkdir(path.join(folder, path.dirname(orphan)), { recursive: true })
    await writeFile(path.join(folder, orphan), 'nobody knows me')
    await writeFile(path.join(folder, 'notes.txt'), 'of someone else')
    expect((await admin.ask(START_ORPHANS)).startOrphanScan.__typename).toBe('StartOrphanScanSuccess')
    const { places, scan } = await latest('storageGarbage', GARBAGE)
    expect(scan).toMatchObject({ state: 'DONE', orphans: 1, foreign: 1 })
    expect(scan.findings.edges.map(({ node }: any) => [node.kind, node.key])).toEqual(
      expect.arrayContaining([
        ['ORPHAN', orphan],
        ['FOREIGN', 'notes.txt'],
      ]),
    )
    expect(places).toEqual([{ backend: { name: 'Shelf' }, objects: 1, bytes: 15, due: 0, held: false }])
    expect((await admin.ask(APPROVE, { input: { backendId: placeId, objects: 1 } })).approveGarbageDeletion.code).toBe(
      'storage.garbage.changed',
    )
  })
})
