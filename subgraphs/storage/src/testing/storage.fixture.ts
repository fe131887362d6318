import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import { createLogger } from '@archivolt/kit/log/logger'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { v7 as uuidv7 } from 'uuid'
import { PrismaClient, type Blob, type StorageBackend } from '../../prisma/client/client.ts'
import type { Backends, OpenBackend } from '../backends/backends.ts'
import { putBytes, sha256, someBytes } from '../drivers/contract/harness.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { createMemoryDriver } from '../drivers/memory/memory.driver.ts'
import { mintObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import { claimPlace } from '../vault/marker.ts'

export interface TestPlace {
  id: string
  backend: StorageBackend
  /** Methods may be replaced, to let the place fail. */
  driver: StorageDriver
  /** The keys that lie there, without the vault's mark. */
  keys(): Promise<string[]>
}

export type TestStorage = Awaited<ReturnType<typeof openTestStorage>>

export const ADA = '018f0000-0000-7000-8000-0000000000ad'

/** A storage with a database of its own, places in memory and a clock that stands until it is moved. */
export async function openTestStorage() {
  const log = createLogger('test', { level: 'silent', pretty: false })
  const database = await createTestDatabase()
  const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
  await migrate({ url: database.url, folder, log })
  const db = new PrismaClient({
    adapter: prismaAdapter('test', database.url, 6),
    transactionOptions: TRANSACTION_OPTIONS,
  })
  const vault = await db.vault.create({ data: { keyCheck: new Uint8Array(1) } })
  const places = new Map<string, TestPlace>()
  let time = Date.parse('2026-03-01T00:00:00Z')

  const open = async (id: string): Promise<OpenBackend> => {
    const { backend, driver } = places.get(id) as TestPlace
    return { backend, driver, direct: false }
  }
  const current = async () => open((await db.storageBackend.findFirstOrThrow({ where: { current: true } })).id)
  const backends: Backends = {
    current,
    currentFor: current,
    open,
    driverOf: async (id) => (await open(id)).driver,
    close: async () => {},
  }

  return {
    db,
    log,
    backends,
    vaultId: vault.id,
    now: () => time,
    outbox: { kick: () => {} },
    /** Moves the clock. */
    pass: (ms: number) => void (time += ms),

    /** A new place; the first one is the current one. */
    async addPlace(name = uuidv7()): Promise<TestPlace> {
      const driver = createMemoryDriver()
      await claimPlace(driver, vault.id)
      const current = places.size === 0
      const backend = await db.storageBackend.create({ data: { name, driver: 'LOCAL', config: {}, current } })
      const keys = async () =>
        (await Array.fromAsync(driver.list(''))).map(({ key }) => key as string).filter((key) => key.includes('/'))
      const place = { id: backend.id, backend, driver, keys }
      places.set(backend.id, place)
      return place
    },

    /** A blob of Ada's with a verified replica at each of the places. */
    async addBlob(at: readonly TestPlace[], bytes = someBytes(1000)): Promise<Blob & { key: ObjectKey }> {
      const documentId = uuidv7()
      const key = mintObjectKey(ADA, documentId, 'file.bin')
      for (const place of at) await putBytes(place.driver, bytes, key)
      await db.quotaAccount.upsert({
        where: { userId: ADA },
        create: { userId: ADA, used: bytes.length },
        update: { used: { increment: bytes.length } },
      })
      const blob = await db.blob.create({
        data: {
          id: uuidv7(),
          key,
          ownerId: ADA,
          documentId,
          filename: 'file.bin',
          contentType: 'application/octet-stream',
          size: bytes.length,
          sha256: sha256(bytes),
          replicas: {
            create: at.map(({ id }) => ({ backendId: id, state: 'VERIFIED' as const, verifiedAt: new Date(time) })),
          },
        },
      })
      return { ...blob, key }
    },

    async close() {
      await db.$disconnect()
      await database.drop()
    },
  }
}
