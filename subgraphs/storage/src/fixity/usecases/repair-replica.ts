import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { digestOf } from '../../blobs/digest.ts'
import type { Replica } from '../../../prisma/client/client.ts'
import { keyOf } from '../../blobs/replica-key.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import { mintObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import { leaveToSweep, publishing } from '../../garbage/object-intent.ts'
import type { Pace } from '../pace.ts'
import type { CheckDeps, ReplicaOfBlob } from './check-replica.ts'

/**
 * Makes a replica anew from another one of the same blob that is read whole, and found right, just before. The new bytes
 * get a name of their own and are read back; only then the old ones are given up. Nothing right is ever overwritten.
 * @returns whether the replica is right now; otherwise it stays as it was
 */
export async function repairReplica(
  deps: CheckDeps,
  replica: ReplicaOfBlob,
  pace: Pace,
  signal: AbortSignal,
): Promise<boolean> {
  const { blob } = replica
  const others = await deps.db.replica.findMany({
    where: {
      blobId: blob.id,
      backendId: { not: replica.backendId },
      OR: [{ state: 'VERIFIED' }, { state: 'QUARANTINED', quarantineReason: 'RELEASED' }],
    },
    orderBy: { verifiedAt: 'desc' },
  })
  for (const other of others) {
    try {
      const source = await deps.backends.driverOf(other.backendId)
      if (!(await isRight(replica, source, keyOf(blob, other), pace, signal))) continue
      await makeAnew(deps, replica, source, other, pace, signal)
      return true
    } catch (error) {
      signal.throwIfAborted()
      deps.log.warn(
        { err: error, blobId: blob.id, from: other.backendId, to: replica.backendId },
        'a replica could not be made anew',
      )
    }
  }
  return false
}

async function isRight(
  { blob }: ReplicaOfBlob,
  driver: StorageDriver,
  key: ObjectKey,
  pace: Pace,
  signal: AbortSignal,
): Promise<boolean> {
  const { size, sha256 } = await digestOf(driver, key, { signal, onBytes: (count) => pace.spend(count, signal) })
  return BigInt(size) === blob.size && sha256 === blob.sha256
}

async function makeAnew(
  deps: CheckDeps,
  replica: ReplicaOfBlob,
  source: StorageDriver,
  from: Replica,
  pace: Pace,
  outer: AbortSignal,
): Promise<void> {
  const { blob, backendId } = replica
  const key = mintObjectKey(blob.ownerId, blob.documentId, blob.filename)
  await publishing(deps)(
    { backendId, key },
    async ({ driver, signal, settle }) => {
      const body = await source.get(keyOf(blob, from), { signal })
      await driver.put(key, body, { size: Number(blob.size), contentType: blob.contentType, signal })
      if (!(await isRight(replica, driver, key, pace, signal))) {
        throw new Error('what was written for the repair is not what was read')
      }
      await deps.db.$transaction(async (tx) => {
        await settle(tx)
        // A purge waits until this is written; after a purge there is no row to repair.
        const before = await tx.replica.findUniqueOrThrow({
          where: { blobId_backendId: { blobId: blob.id, backendId } },
        })
        if (before.key !== replica.key) throw new Error('the replica has moved meanwhile')
        const at = new Date(deps.now())
        await tx.replica.update({
          where: { blobId_backendId: { blobId: blob.id, backendId } },
          data: { key, state: 'VERIFIED', verifiedAt: at, quarantinedAt: null, quarantineReason: null },
        })
        await leaveToSweep(tx, { backendId, key: keyOf(blob, before) })
        await recordAudit(tx, {
          at: at.toISOString(),
          type: 'storage.replica.repaired',
          actorId: null,
          target: { type: 'Blob', id: blob.id },
          details: { backendId, from: from.backendId },
        })
      })
    },
    outer,
  )
  deps.outbox.kick()
}
