import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { quarantine, type Unwanted } from '../../garbage/quarantine.ts'
import { deleteForGood } from '../../garbage/usecases/delete-quarantined.ts'
import { settle } from '../../quotas/quota-account.ts'
import { keyOf } from '../replica-key.ts'

interface Deps {
  db: PrismaClient
  backends: Pick<Backends, 'driverOf'>
  log: Logger
  now: () => number
}

/**
 * Ends a blob for good: its rows and its room at once, its bytes everywhere right after. Where a place cannot be reached
 * they are aside and go as soon as it can. Absent is success.
 */
export const discardBlob =
  (deps: Deps) =>
  async (blobId: string): Promise<void> => {
    const unwanted = await deps.db.$transaction(async (tx) => {
      // The row lock makes this wait for a replica that is just being recorded, and the other way round.
      await tx.$queryRaw`SELECT 1 FROM "blobs" WHERE "id" = ${blobId}::uuid FOR UPDATE`
      const blob = await tx.blob.findUnique({ where: { id: blobId }, include: { replicas: true } })
      if (!blob) return []
      const objects = blob.replicas.map((replica): Unwanted => ({
        backendId: replica.backendId,
        key: keyOf(blob, replica),
        size: blob.size,
        reason: 'PURGED',
      }))
      await quarantine(tx, objects, new Date(deps.now()), 0)
      await tx.upload.deleteMany({ where: { blobId, parts: { none: {} } } })
      // Parts that were not cleared away yet: the sweep does it, as for any upload that came to nothing.
      await tx.upload.updateMany({ where: { blobId }, data: { state: 'ABORTED', blobId: null, key: null } })
      await tx.blob.delete({ where: { id: blobId } })
      if (blob.bucket === 'documents') await settle(tx, blob.ownerId, 0, -Number(blob.size))
      return objects
    })
    for (const object of unwanted) await deleteForGood(deps, object)
  }
