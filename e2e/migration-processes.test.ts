import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databasesOf, withDatabase } from '../bench/lib/vault-databases.ts'
import { seedFiles } from '../bench/migration/seed.ts'
import { addPlace, start, step } from '../bench/migration/vault-side.ts'
import {
  startNextcloudEmulator,
  type NextcloudEmulator,
} from '../subgraphs/storage/src/drivers/nextcloud/nextcloud.emulator.ts'
import { Person } from './src/api.ts'
import { ADMIN, startVault, type RunningVault } from './src/vault-process.ts'

const FILES = 300
const SIZE = 20_000
/** The objects of blobs; what is written to try a place is named otherwise. */
const OBJECT = /[\da-f-]{36}\/[\da-f-]{36}\/[\da-f-]{36}\.bin$/

let vault: RunningVault
let cloud: NextcloudEmulator
let storageUrl: string
let admin: Person

beforeAll(async () => {
  cloud = await startNextcloudEmulator()
  vault = await startVault('five processes', { LOG_LEVEL: 'warn', ALLOWED_NETWORKS: '127.0.0.0/8' })
  await vault.add('storage')
  storageUrl = databasesOf(vault.data).of('storage')
  admin = await new Person(vault.url).signIn(ADMIN)
})
afterAll(async () => {
  await admin?.leave()
  await vault?.stop()
  await cloud?.close()
})

const ask = async <Row extends object>(sql: string) =>
  withDatabase(storageUrl, async (client) => (await client.query<Row>(sql)).rows)

test('two storage processes share a migration, and no file is copied twice', async () => {
  const [local] = await ask<{ id: string }>('SELECT "id" FROM "storage_backends" WHERE "current"')
  const folder = path.join(vault.data, 'files')
  await seedFiles({ storageUrl, folder, backendId: local?.id ?? '' }, { count: FILES, size: SIZE })
  const nextcloud = { url: cloud.origins.cloud, username: cloud.user.login, appPassword: cloud.user.appPassword }
  const targetId = await addPlace(admin, 'Cloud', 'NEXTCLOUD', { nextcloud })
  const objects = () => [...cloud.tree].filter(([at, bytes]) => bytes && OBJECT.test(at)).length
  const published = () =>
    cloud.requests.filter(({ method, headers }) => method === 'MOVE' && OBJECT.test(headers.destination ?? '')).length

  // At this speed it would take minutes: nobody is done before both have begun.
  const { id } = await start(admin, { targetId, bytesPerSecond: 65_536 })
  const working = `SELECT "worker_id" FROM "migration_workers" WHERE "moving_items" > 0`
  await expect.poll(() => ask(working), { timeout: 45_000 }).toHaveLength(2)
  const held = await ask<{ tokens: number; files: number }>(
    `SELECT count(DISTINCT "lease_token")::int AS "tokens", count(*)::int AS "files" FROM "migration_items" WHERE "lease_token" IS NOT NULL`,
  )
  expect(held[0]?.tokens).toBeGreaterThanOrEqual(2)
  const seen = 'query ($id: ID!) { migration(id: $id) { state workers itemsDone itemsFailed retries } }'
  expect((await admin.ask(seen, { id })).migration).toMatchObject({ state: 'RUNNING', workers: 2 })
  await step(admin, 'throttleMigration', { id, bytesPerSecond: null })

  await expect
    .poll(async () => (await admin.ask(seen, { id })).migration, { timeout: 50_000 })
    .toMatchObject({ state: 'READY_TO_FINISH', itemsDone: FILES, itemsFailed: 0, retries: 0 })
  const [rows] = await ask(`
    SELECT (SELECT count(*)::int FROM "migration_items" WHERE "state" = 'DONE' AND "attempts" = 0) AS "done",
      (SELECT count(*)::int FROM "replicas" r JOIN "storage_backends" s ON s."id" = r."backend_id"
        WHERE s."current" AND r."state" = 'VERIFIED') AS "replicas",
      (SELECT count(*)::int FROM "object_intents") AS "leftOver"`)
  expect(rows).toEqual({ done: FILES, replicas: FILES, leftOver: 0 })
  // Every attempt has a name of its own, so a second copy would be a second object.
  expect({ objects: objects(), published: published() }).toEqual({ objects: FILES, published: FILES })
}, 120_000)
