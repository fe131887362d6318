import type { PrismaClient, StorageBackend } from '../../prisma/client/client.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { openDriver } from '../drivers/registry.ts'

export interface Backends {
  /** Where new blobs go. */
  current(): Promise<{ backend: StorageBackend; driver: StorageDriver }>
  /** The driver of a backend; opened once and kept. */
  driverOf(backendId: string): Promise<StorageDriver>
  close(): Promise<void>
}

/** The configured places for bytes and their open drivers. */
export function createBackends(db: PrismaClient): Backends {
  const open = new Map<string, Promise<StorageDriver>>()

  const driverFor = (id: string, load: () => Promise<StorageBackend>): Promise<StorageDriver> => {
    let driver = open.get(id)
    if (!driver) {
      driver = load().then((backend) => openDriver(backend.driver, backend.config))
      // A backend that could not be opened is tried again at the next call.
      driver.catch(() => open.delete(id))
      open.set(id, driver)
    }
    return driver
  }

  return {
    async current() {
      const backend = await db.storageBackend.findFirstOrThrow({ where: { current: true } })
      return { backend, driver: await driverFor(backend.id, async () => backend) }
    },
    driverOf: (id) => driverFor(id, () => db.storageBackend.findUniqueOrThrow({ where: { id } })),
    async close() {
      await Promise.allSettled([...open.values()].map(async (driver) => (await driver).close()))
    },
  }
}
