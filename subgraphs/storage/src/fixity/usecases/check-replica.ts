import type { Logger } from '@archivolt/kit/log/logger'
import type { Blob, PrismaClient, Replica } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { digestOf } from '../../blobs/digest.ts'
import { keyOf } from '../../blobs/replica-key.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import { ObjectNotFound } from '../../drivers/driver.errors.ts'
import { confirmPlace } from '../../vault/marker.ts'
import type { Pace } from '../pace.ts'
import type { Counts, Finding } from '../scan-slice.ts'
import { repairReplica } from './repair-replica.ts'

export interface CheckDeps {
  db: PrismaClient
  backends: Pick<Backends, 'driverOf'>
  vaultId: string
  log: Logger
  outbox: { kick(): void }
  now: () => number
}

export type ReplicaOfBlob = Replica & { blob: Blob }

/** What the bytes of a replica are. */
type Condition = 'ok' | 'damaged' | 'missing' | 'unreadable'

export interface Checked {
  counts: Counts
  finding: Finding | null
}

/**
 * Reads a replica whole and compares it with what was stored. One that is not right is not read from any more, and is
 * made anew from another that is right at this very moment. One that was lost or damaged before, and is right again, is
 * believed again.
 * @throws what the place says when it cannot be used at all: then nothing is known of the replica
 */
export async function checkReplica(
  deps: CheckDeps,
  replica: ReplicaOfBlob,
  pace: Pace,
  signal: AbortSignal,
): Promise<Checked> {
  const { blob, backendId } = replica
  const key = keyOf(blob, replica)
  const driver = await deps.backends.driverOf(backendId)
  const { condition, bytes } = await conditionOf(deps, driver, replica, pace, signal)
  const counts: Counts = { checked: 1, bytes }
  if (condition === 'ok') {
    const again = replica.state === 'VERIFIED' ? 0 : 1
    await believe(deps, replica)
    return { counts: { ...counts, ok: 1, repaired: again }, finding: null }
  }
  const kind = ({ damaged: 'DAMAGED', missing: 'MISSING', unreadable: 'UNREADABLE' } as const)[condition]
  // Bytes that cannot be read may yet be all there is: they are given up only for better ones.
  if (condition !== 'unreadable' && !(await setAside(deps, replica, condition))) {
    // It was purged or moved meanwhile: it is not this replica's matter any more.
    return { counts, finding: null }
  }
  const repaired = await repairReplica(deps, replica, pace, signal)
  deps.log.error({ blobId: blob.id, backendId, condition, repaired }, 'a replica is not what was stored')
  return {
    counts: { ...counts, [condition === 'missing' ? 'missing' : 'damaged']: 1, repaired: repaired ? 1 : 0 },
    finding: { kind, key, blobId: blob.id, repaired },
  }
}

async function conditionOf(
  deps: CheckDeps,
  driver: StorageDriver,
  replica: ReplicaOfBlob,
  pace: Pace,
  signal: AbortSignal,
): Promise<{ condition: Condition; bytes: number }> {
  const { blob } = replica
  let condition: Condition = 'ok'
  let bytes = 0
  // What looks wrong is looked at twice: a connection may fail, and memory may.
  for (let look = 1; look <= 2; look++) {
    try {
      const { size, sha256 } = await digestOf(driver, keyOf(blob, replica), {
        signal,
        onBytes: (count) => pace.spend(count, signal),
      })
      bytes += size
      if (BigInt(size) === blob.size && sha256 === blob.sha256) return { condition: 'ok', bytes }
      condition = 'damaged'
    } catch (error) {
      signal.throwIfAborted()
      // An unmounted disk, or another bucket, has none of our files: that is no loss of this one.
      await confirmPlace(driver, deps.vaultId, signal)
      condition = error instanceof ObjectNotFound ? 'missing' : 'unreadable'
    }
  }
  return { condition, bytes }
}

async function believe({ db, now }: CheckDeps, { blobId, backendId, state, key }: ReplicaOfBlob): Promise<void> {
  await db.replica.updateMany({
    where: { blobId, backendId, state, key },
    data: { state: 'VERIFIED', verifiedAt: new Date(now()), quarantinedAt: null, quarantineReason: null },
  })
}

/** @returns false when the row is not as it was read */
async function setAside(deps: CheckDeps, replica: ReplicaOfBlob, condition: 'damaged' | 'missing'): Promise<boolean> {
  const { blobId, backendId, state, key } = replica
  const { count } = await deps.db.replica.updateMany({
    where: { blobId, backendId, state, key },
    data:
      condition === 'missing'
        ? { state: 'LOST', quarantinedAt: null, quarantineReason: null }
        : { state: 'QUARANTINED', quarantineReason: 'DAMAGED', quarantinedAt: new Date(deps.now()) },
  })
  return count > 0
}
