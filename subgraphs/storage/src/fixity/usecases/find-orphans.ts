import type { StorageDriver, StoredObject } from '../../drivers/driver.ts'
import { toObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import { keyOf } from '../../blobs/replica-key.ts'
import { mentioned } from '../../garbage/mentioned.ts'
import { quarantine } from '../../garbage/quarantine.ts'
import { confirmPlace, MARKER_KEY } from '../../vault/marker.ts'
import { createPace, type Pace } from '../pace.ts'
import type { Counts, Finding, HeldSlice } from '../scan-slice.ts'
import { checkReplica, type CheckDeps, type ReplicaOfBlob } from './check-replica.ts'
import { replicasAfter, sumOf } from './scan-replicas.ts'

const BATCH = 500
const ROWS = 100
const AT_ONCE = 4
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** What this vault writes: objects, and the probes of its places. */
const OURS = new RegExp(`^(?:${UUID}/${UUID}/${UUID}(?:\\.[a-z0-9]{1,10})?|canary/${UUID})$`)

export interface OrphanDeps extends CheckDeps {
  bytesPerSecond: number
  /** Objects looked at per second and place. */
  objectsPerSecond: number
  /** How long bytes without a row are kept before they may be deleted, in milliseconds. */
  orphanKeepMs: number
}

/**
 * Compares what lies at a place with what the rows say, both ways. Bytes without a row are put aside and deleted when
 * they are old enough; rows without bytes are marked, and made anew where another replica is right. What this vault never
 * wrote is told, and left alone.
 */
export async function findOrphans(deps: OrphanDeps, held: HeldSlice): Promise<void> {
  const { slice, signal } = held
  const driver = await deps.backends.driverOf(slice.backendId)
  // Another vault's place, or an empty folder where a disk was, says nothing of our rows.
  await confirmPlace(driver, deps.vaultId, signal)
  const pace = createPace(deps.objectsPerSecond)
  if (!slice.listed) await bytesWithoutRow(deps, held, driver, pace)
  await rowsWithoutBytes(deps, held, driver, pace)
}

async function bytesWithoutRow(deps: OrphanDeps, held: HeldSlice, driver: StorageDriver, pace: Pace): Promise<void> {
  const { slice, signal, save } = held
  const judge = async (objects: readonly StoredObject[]) => {
    const cursor = objects.at(-1)?.key ?? null
    const { orphans, foreign } = await sort(deps, slice.backendId, driver, objects)
    const findings: Finding[] = [
      ...orphans.map(({ key }): Finding => ({ kind: 'ORPHAN', key })),
      ...foreign.map(({ key }): Finding => ({ kind: 'FOREIGN', key })),
    ]
    await save({ cursor }, { checked: objects.length, orphans: orphans.length, foreign: foreign.length }, findings)
    await pace.spend(objects.length, signal)
  }
  const after: ObjectKey | undefined = slice.cursor === null ? undefined : toObjectKey(slice.cursor)
  let batch: StoredObject[] = []
  for await (const object of driver.list('', { after })) {
    signal.throwIfAborted()
    if (object.key === MARKER_KEY) continue
    batch.push(object)
    if (batch.length < BATCH) continue
    await judge(batch)
    batch = []
  }
  await judge(batch)
  await save({ cursor: null, listed: true }, {})
  slice.cursor = null
}

async function sort(deps: OrphanDeps, backendId: string, driver: StorageDriver, objects: readonly StoredObject[]) {
  const ours = objects.filter(({ key }) => OURS.test(key))
  const foreign = objects.filter(({ key }) => !OURS.test(key))
  const known = await mentioned(
    deps.db,
    backendId,
    ours.map(({ key }) => key),
  )
  const orphans: StoredObject[] = []
  for (const object of ours) {
    // Listed, and then deleted with its rows: not there any more.
    if (!known.has(object.key) && (await driver.stat(object.key))) orphans.push(object)
  }
  const aside = orphans.map(({ key, size }) => ({ backendId, key, size: BigInt(size), reason: 'ORPHAN' as const }))
  await quarantine(deps.db, aside, new Date(deps.now()), deps.orphanKeepMs)
  return { orphans, foreign }
}

async function rowsWithoutBytes(deps: OrphanDeps, held: HeldSlice, driver: StorageDriver, pace: Pace): Promise<void> {
  const { scan, slice, signal, save } = held
  const reading = createPace(Number(scan.bytesPerSecond ?? deps.bytesPerSecond))
  for (let cursor = slice.cursor; ;) {
    const replicas = await replicasAfter(deps, slice.backendId, cursor, ROWS)
    const wrong = await wrongOnes(driver, replicas)
    let counts: Counts = { ok: replicas.length - wrong.length }
    const findings: Finding[] = []
    for (const replica of wrong) {
      const checked = await checkReplica(deps, replica, reading, signal)
      const { checked: _, ...others } = checked.counts
      counts = sumOf(counts, others)
      if (checked.finding) findings.push(checked.finding)
    }
    cursor = replicas.at(-1)?.blobId ?? cursor
    await save({ cursor }, counts, findings)
    if (replicas.length < ROWS) return
    await pace.spend(replicas.length, signal)
  }
}

/** Those of which there is nothing, or not as much as there should be, or that were wrong before. */
async function wrongOnes(driver: StorageDriver, replicas: readonly ReplicaOfBlob[]): Promise<ReplicaOfBlob[]> {
  const wrong: ReplicaOfBlob[] = []
  const waiting = replicas.values()
  const look = async () => {
    for (const replica of waiting) {
      const found = replica.state === 'VERIFIED' ? await driver.stat(keyOf(replica.blob, replica)) : null
      if (!found || BigInt(found.size) !== replica.blob.size) wrong.push(replica)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, look))
  return wrong
}
