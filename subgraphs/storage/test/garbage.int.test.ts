import { randomUUID } from 'node:crypto'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let storage: Awaited<ReturnType<typeof openStorageApp>>
let app: StorageApp
const ada = person()
const admin = person({ role: 'ADMIN' })

beforeAll(async () => {
  storage = await openStorageApp()
  app = await storage.start()
})
afterAll(() => storage?.close())

const used = async () => (await storage.db.quotaAccount.findUnique({ where: { userId: ada.userId } }))?.used ?? 0n
const files = async () =>
  (await readdir(storage.files, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'archivolt-vault.json')
    .map((entry) => path.relative(storage.files, path.join(entry.parentPath, entry.name)))
const leave = async (name: string, text: string) => {
  const file = path.join(storage.files, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

test('documents ends a blob for good, as often as it asks, and no other service does', async () => {
  const kept = await app.upload(ada, 'stays')
  const { blobId } = await app.upload(ada, 'purged')
  await expect(app.purge(blobId, 'ai')).rejects.toThrow()
  expect(await app.read(blobId)).toBe('purged')
  await app.purge(blobId)
  await app.purge(blobId)
  await app.purge(uuidv7())
  await expect(app.read(blobId)).rejects.toMatchObject({ code: 'not_found' })
  expect([await app.read(kept.blobId), await used(), (await files()).length]).toEqual(['stays', 5n, 1])
})

test('the jobs delete what dead processes have left, and nothing that is wanted', async () => {
  const { blobId } = await app.upload(ada, 'wanted')
  const before = await files()
  const { id: backendId } = await storage.db.storageBackend.findFirstOrThrow()
  const key = `${ada.userId}/${uuidv7()}/${randomUUID()}.bin`
  await leave(key, 'written, and never written down')
  const leaseUntil = new Date(storage.now() + MINUTE)
  await storage.db.objectIntent.create({ data: { backendId, key, holder: randomUUID(), leaseUntil } })
  const staged = await leave(`.staging/${randomUUID()}`, 'half a docum')
  await app.run('collect-garbage')
  expect(await files()).toHaveLength(before.length + 2)
  storage.pass(2 * MINUTE)
  await app.run('collect-garbage')
  const old = new Date(storage.now() - 2 * DAY)
  await utimes(staged, old, old)
  await app.run('sweep-leftovers')
  expect((await files()).sort()).toEqual(before.sort())
  expect(await app.read(blobId)).toBe('wanted')
})

test('scans begin by themselves when they are due; what they find is kept for a week, and then deleted', async () => {
  const before = await files()
  const key = `${ada.userId}/${uuidv7()}/${randomUUID()}.bin`
  await leave(key, 'nobody knows me')
  await app.run('work-on-scans')
  expect(await storage.db.scan.count()).toBe(0)
  storage.pass(30 * DAY)
  await app.run('work-on-scans')
  const scans = await storage.db.scan.findMany({ include: { slices: true }, orderBy: { kind: 'asc' } })
  expect(scans.map(({ kind, state, startedBy }) => [kind, state, startedBy])).toEqual([
    ['FIXITY', 'DONE', null],
    ['ORPHANS', 'DONE', null],
  ])
  expect(scans[0]?.slices[0]).toMatchObject({ checked: 2n, ok: 2n })
  await app.run('collect-garbage')
  expect(await files()).toContain(key)
  storage.pass(7 * DAY)
  await app.run('collect-garbage')
  expect((await files()).sort()).toEqual(before.sort())
  const { places } = await app.ask(admin, '{ storageGarbage { places { objects } } }')
  expect(places).toEqual([])
  const told = (await storage.sent('record-audit')).map(({ type }) => type)
  expect(told).toEqual(expect.arrayContaining(['storage.fixity.started', 'storage.fixity.finished']))
})

test('a place is not forgotten while bytes wait there to be deleted', async () => {
  const { id: backendId } = await storage.db.storageBackend.create({
    data: { name: 'Attic', driver: 'LOCAL', config: { root: 'attic' } },
  })
  const deleteAfter = new Date(storage.now() + DAY)
  await storage.db.quarantinedObject.create({
    data: { backendId, key: 'a/b/c', size: 1, reason: 'ORPHAN', deleteAfter },
  })
  const remove = `mutation ($input: RemoveStorageBackendInput!) { removeStorageBackend(input: $input) { __typename ... on Error { code } } }`
  const input = { backendId: toGlobalId('StorageBackend', backendId) }
  expect((await app.ask(admin, remove, input)).code).toBe('storage.backend.in_use')
  await storage.db.quarantinedObject.deleteMany()
  expect((await app.ask(admin, remove, input)).__typename).toBe('RemoveStorageBackendSuccess')
})
