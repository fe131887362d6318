import type { Counts, HeldSlice } from '../scan-slice.ts'
import { createPace, type Pace } from '../pace.ts'
import { checkReplica, type CheckDeps, type ReplicaOfBlob } from './check-replica.ts'

/** Replicas between two notes of how far it is; at most so many are read again after a death. */
const BATCH = 20

/** Reads every replica of a place that is said to be right, or was once, and compares it with what was stored. */
export async function scanReplicas(
  deps: CheckDeps & { bytesPerSecond: number },
  { scan, slice, signal, save }: HeldSlice,
): Promise<void> {
  const { backendId } = slice
  const pace = createPace(Number(scan.bytesPerSecond ?? deps.bytesPerSecond))
  let cursor = slice.cursor
  for (;;) {
    const replicas = await replicasAfter(deps, backendId, cursor)
    let counts: Counts = {}
    for (const replica of replicas) {
      signal.throwIfAborted()
      const checked = await patiently(deps, replica, pace, signal)
      counts = sumOf(counts, checked.counts)
      cursor = replica.blobId
      if (!checked.finding) continue
      await save({ cursor }, counts, [checked.finding])
      counts = {}
    }
    await save({ cursor }, counts)
    if (replicas.length < BATCH) return
  }
}

/** A place that stops in the middle of a file must not hold the scan for ever. */
async function patiently(
  deps: CheckDeps & { bytesPerSecond: number },
  replica: ReplicaOfBlob,
  pace: Pace,
  outer: AbortSignal,
) {
  const expectedMs = (Number(replica.blob.size) / SLOWEST_BYTES_PER_SECOND) * 1000
  const timeout = AbortSignal.timeout(Math.ceil(Math.min(MOST_MS, LEAST_MS + expectedMs)))
  return checkReplica(deps, replica, pace, AbortSignal.any([outer, timeout]))
}

const SLOWEST_BYTES_PER_SECOND = 16 * 1024
const LEAST_MS = 10 * 60_000
const MOST_MS = 6 * 86_400_000

/** In the order of their blobs; what waits to be deleted, or is being written, is left out. */
export function replicasAfter(
  { db }: Pick<CheckDeps, 'db'>,
  backendId: string,
  cursor: string | null,
  take = BATCH,
): Promise<ReplicaOfBlob[]> {
  return db.replica.findMany({
    where: {
      backendId,
      ...(cursor && { blobId: { gt: cursor } }),
      OR: [{ state: { in: ['VERIFIED', 'LOST'] } }, { state: 'QUARANTINED', quarantineReason: 'DAMAGED' }],
    },
    include: { blob: true },
    orderBy: { blobId: 'asc' },
    take,
  })
}

export function sumOf(a: Counts, b: Counts): Counts {
  const sum: Counts = { ...a }
  for (const [name, value] of Object.entries(b) as [keyof Counts, number][]) sum[name] = (sum[name] ?? 0) + value
  return sum
}
