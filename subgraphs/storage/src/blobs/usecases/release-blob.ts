import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
}

/**
 * Deletes the bytes of a blob that nothing mentions any more, wherever they are, and then its rows. Repeating it goes
 * on where it stopped; absent is success.
 * @throws DriverError while a place cannot be reached; the rows stay until all bytes are gone
 */
export const releaseBlob =
  ({ db, backends }: Deps) =>
  async (blobId: string, signal: AbortSignal): Promise<void> => {
    const blob = await db.blob.findUnique({ where: { id: blobId }, include: { replicas: true } })
    if (!blob) return
    for (const { backendId } of blob.replicas) {
      signal.throwIfAborted()
      const driver = await backends.driverOf(backendId)
      await driver.delete(toObjectKey(blob.key))
      await db.replica.deleteMany({ where: { blobId, backendId } })
    }
    await db.blob.deleteMany({ where: { id: blobId, replicas: { none: {} } } })
  }
