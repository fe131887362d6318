import { randomBytes } from 'node:crypto'
import { createSealer } from '@archivolt/kit/crypto/sealed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StorageBackend } from '../../prisma/client/client.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { createMemoryDriver } from '../drivers/memory/memory.driver.ts'
import type { DriverGround } from '../drivers/registry.ts'
import { ADA, openTestStorage, type TestStorage } from '../testing/storage.fixture.ts'
import { claimPlace } from '../vault/marker.ts'
import { createBackends } from './backends.ts'

let storage: TestStorage
beforeAll(async () => {
  storage = await openTestStorage()
})
afterAll(() => storage.close())

const sealer = createSealer({ current: { version: 1, key: randomBytes(32) } })

/** Backends whose every place is an account of Ada's; `opened` says how often each was opened. */
function openBackends() {
  const opened = new Map<string, number>()
  const drivers = new Map<string, StorageDriver>()
  const backends = createBackends({
    ...storage,
    sealer,
    ground: { log: storage.log, byteOrigins: new Set<string>() } as unknown as DriverGround,
    async openConnection({ id }) {
      opened.set(id, (opened.get(id) ?? 0) + 1)
      const driver = drivers.get(id) ?? createMemoryDriver()
      drivers.set(id, driver)
      await claimPlace(driver, storage.vaultId)
      return driver
    },
  })
  return { backends, opened }
}

const newAccount = (name: string): Promise<StorageBackend> =>
  storage.db.storageBackend.create({ data: { ownerId: ADA, name, driver: 'WEBDAV', config: {} } })

it('many who ask at once open a place once', async () => {
  const { backends, opened } = openBackends()
  const { id } = await newAccount('asked at once')
  const drivers = await Promise.all(Array.from({ length: 20 }, () => backends.driverOf(id)))
  expect([new Set(drivers).size, opened.get(id)]).toEqual([1, 1])
})

it('a place that has changed is opened anew, once', async () => {
  const { backends, opened } = openBackends()
  const { id } = await newAccount('changed')
  await backends.driverOf(id)
  await storage.db.storageBackend.update({ where: { id }, data: { version: { increment: 1 } } })
  // What is known of a place is looked at anew after a second.
  await expect
    .poll(
      async () => {
        await Promise.all([backends.driverOf(id), backends.driverOf(id)])
        return opened.get(id)
      },
      { timeout: 10_000 },
    )
    .toBe(2)
})

it('a hundred accounts of people are kept open; the one that was used longest ago makes room', async () => {
  const { backends, opened } = openBackends()
  const accounts = await Promise.all(Array.from({ length: 101 }, (_, at) => newAccount(`account ${at}`)))
  const [first, second, ...rest] = accounts.map(({ id }) => id) as [string, string, ...string[]]
  for (const id of [first, second, ...rest.slice(0, -1)]) await backends.driverOf(id)
  await backends.driverOf(first)
  await backends.driverOf(rest.at(-1) as string)
  await backends.driverOf(first)
  expect(opened.get(first), 'used just now').toBe(1)
  await backends.driverOf(second)
  expect(opened.get(second)).toBe(2)
})
