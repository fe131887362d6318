import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENT, Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  ... on AddStorageBackendSuccess { backend { id name driver health { state latencyMs message } } } ... on Error { code message } } }`
const START = `mutation ($input: StartMigrationInput!) { startMigration(input: $input) {
  __typename ... on StartMigrationSuccess { migration { id state } preflight { itemsToMove bytesToMove } } ... on Error { code message } } }`
const PROGRESS = `subscription ($id: ID!) { migrationProgress(id: $id) {
  migration { id state itemsTotal itemsDone itemsFailed bytesTotal bytesDone bytesPerSecond etaSeconds } } }`
const FINISH = `mutation ($input: FinishMigrationInput!) { finishMigration(input: $input) {
  __typename ... on FinishMigrationSuccess { migration { state release retentionEndsAt } } ... on Error { code message } } }`
const ROLL_BACK = `mutation ($input: RollbackMigrationInput!) { rollbackMigration(input: $input) {
  __typename ... on RollbackMigrationSuccess { migration { state } } ... on Error { code message } } }`
const HISTORY = `{ migrations(first: 5) { totalCount edges { node {
  id state target { name } sources { name } history { action actorId } failures(first: 5) { totalCount edges { node { reason } } } } } } }`
const CURRENT = '{ storageConfig { current { id name } } }'

describe('a migration through the gateway', () => {
  let house: TestHouse
  let admin: Person
  let ada: Person
  let folder: string
  let backendId: string
  let migrationId: string
  const files = new Map<string, string>()

  beforeAll(async () => {
    house = await openTestHouse()
    admin = await new Person(house.url).signIn(ADMIN)
    ada = await new Person(house.url).register('Ada')
    folder = await mkdtemp(path.join(tmpdir(), 'archivolt-target-'))
  })
  afterAll(async () => {
    await ada?.leave()
    await admin?.leave()
    await house?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const upload = async (filename: string, size: number) => {
    const bytes = new Uint8Array(randomBytes(size))
    files.set(
      await ada.upload(filename, 'application/octet-stream', bytes),
      createHash('sha256').update(bytes).digest('hex'),
    )
  }
  const expectAllReadable = async () => {
    for (const [id, sha256] of files) {
      const { document } = await ada.ask(DOCUMENT, { id })
      const reply = await fetch(new URL(document.file.download.url, house.url))
      expect(reply.status).toBe(200)
      expect(
        createHash('sha256')
          .update(Buffer.from(await reply.arrayBuffer()))
          .digest('hex'),
      ).toBe(sha256)
    }
  }
  const objectsIn = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && !entry.name.endsWith('.json'),
    ).length
  /** What the subscription tells until the migration is in this state. */
  const watchUntil = async (state: string) => {
    const told: Record<string, any>[] = []
    for await (const event of admin.watch(PROGRESS, { id: migrationId })) {
      if (event.errors) throw new Error(JSON.stringify(event.errors))
      const migration = event.data?.migrationProgress.migration
      told.push(migration)
      if (migration.state === state) return told
    }
    throw new Error(`ended before ${state}: ${JSON.stringify(told.at(-1))}`)
  }

  test('moves every file while the vault is used, and tells of it as it goes', async () => {
    await upload('Bericht — Q3 “final”.bin', 100_000)
    for (let number = 0; number < 12; number++) await upload(`file ${number}.bin`, 1000 + number)
    const { addStorageBackend } = await admin.ask(ADD, {
      input: { name: 'New disk', driver: 'LOCAL', config: { local: { root: folder } } },
    })
    backendId = addStorageBackend.backend.id
    const { startMigration } = await admin.ask(START, { input: { targetId: backendId } })
    expect(startMigration).toMatchObject({ __typename: 'StartMigrationSuccess', migration: { state: 'RUNNING' } })
    expect(startMigration.preflight.itemsToMove).toBeGreaterThanOrEqual(13)
    migrationId = startMigration.migration.id

    const told = await watchUntil('READY_TO_FINISH')
    const last = told.at(-1)
    expect(last).toMatchObject({ id: migrationId, itemsFailed: 0, etaSeconds: 0 })
    expect(last?.itemsDone).toBe(last?.itemsTotal)
    expect(last?.bytesDone).toBe(last?.bytesTotal)
    expect(last?.itemsTotal).toBeGreaterThanOrEqual(13)
    expect(await objectsIn()).toBe(last?.itemsTotal)
    await expectAllReadable()
  })

  test('takes new files to the target from the first moment', async () => {
    expect((await admin.ask(CURRENT)).storageConfig.current).toMatchObject({ id: backendId })
    const before = await objectsIn()
    await upload('written meanwhile.bin', 5000)
    expect(await objectsIn()).toBeGreaterThan(before)
  })

  test('is for administrators of the storage alone', async () => {
    for (const [query, variables] of [
      [START, { input: { targetId: backendId } }],
      [FINISH, { input: { id: migrationId } }],
      [HISTORY, {}],
    ] as const) {
      expect((await ada.send(query, variables)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    }
    const events = ada.watch(PROGRESS, { id: migrationId })
    const first = await events.next().then(
      (step) => step.value?.errors?.[0]?.extensions?.code as unknown,
      (error: unknown) => JSON.stringify(error),
    )
    expect(String(first)).toContain('FORBIDDEN')
  })

  test('refuses a second one at the same places', async () => {
    const { startMigration } = await admin.ask(START, { input: { targetId: backendId } })
    expect(startMigration).toMatchObject({
      __typename: 'MigrationConflictError',
      code: 'storage.migration.conflict',
    })
  })

  test('is finished by a word, and comes back whole by another, new files included', async () => {
    const { finishMigration } = await admin.ask(FINISH, { input: { id: migrationId } })
    expect(finishMigration).toMatchObject({ __typename: 'FinishMigrationSuccess', migration: { state: 'FINISHED' } })
    await expectAllReadable()
    const { rollbackMigration } = await admin.ask(ROLL_BACK, { input: { id: migrationId } })
    expect(rollbackMigration.migration.state).toBe('ROLLING_BACK')
    await watchUntil('CANCELLED')
    expect((await admin.ask(CURRENT)).storageConfig.current).toMatchObject({ name: 'Local disk' })
    // The old place alone is enough again.
    const lost = await house.sql(
      'storage',
      `SELECT 1 FROM "blobs" b WHERE NOT EXISTS (SELECT 1 FROM "replicas" r JOIN "storage_backends" s ON s."id" = r."backend_id"
        WHERE r."blob_id" = b."id" AND r."state" = 'VERIFIED' AND s."name" = 'Local disk')`,
    )
    expect(lost).toEqual([])
    await expectAllReadable()
  })

  test('keeps what was decided, and by whom', async () => {
    const { migrations } = await admin.ask(HISTORY)
    expect(migrations.totalCount).toBe(1)
    const [{ node }] = migrations.edges
    expect(node).toMatchObject({ target: { name: 'New disk' }, failures: { totalCount: 0 } })
    const actions = node.history.map((event: { action: string }) => event.action)
    expect(actions).toEqual(expect.arrayContaining(['started', 'ready', 'finished', 'rolling_back', 'rolled_back']))
    expect(node.history[0].actorId).toBeTruthy()
  })
})
