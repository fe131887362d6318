import type { Migration, MigrationProgress, MigrationState, MigrationWorker } from '../../prisma/client/client.ts'

/** It still has, or may have, files to move: no other migration may use its places meanwhile. */
export const OPEN_STATES = [
  'RUNNING',
  'PAUSED',
  'READY_TO_FINISH',
  'FAILED',
  'ROLLING_BACK',
] as const satisfies MigrationState[]

/** Workers move files in these. A finished one looks after uploads that were under way to the old place. */
export const MOVING_STATES = ['RUNNING', 'ROLLING_BACK', 'FINISHED'] as const satisfies MigrationState[]

/** Which requests of a person fit which states. */
const ALLOWED = {
  pause: ['RUNNING', 'ROLLING_BACK'],
  resume: ['PAUSED'],
  cancel: ['RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FAILED'],
  rollBack: ['RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FAILED', 'FINISHED'],
  finish: ['READY_TO_FINISH'],
  releaseAll: ['FINISHED', 'CANCELLED'],
  throttle: ['RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FAILED', 'ROLLING_BACK'],
  retry: ['RUNNING', 'PAUSED', 'FAILED', 'ROLLING_BACK'],
} as const satisfies Record<string, MigrationState[]>

export type MigrationStep = keyof typeof ALLOWED

export function allows(step: MigrationStep, state: MigrationState): boolean {
  return (ALLOWED[step] as readonly MigrationState[]).includes(state)
}

/** Ids of the places that files come from, and of the one that they go to, in the direction it has now. */
export function routeOf(migration: Migration): { from: string[]; to: string } {
  return migration.direction === 'FORWARD'
    ? { from: migration.sourceIds, to: migration.targetId }
    : { from: [migration.targetId], to: migration.returnToId }
}

export interface ItemCounts {
  items: number
  bytes: number
}

/** What a migration has done and has to do, from the sums that its database keeps. */
export interface Tally {
  total: ItemCounts
  pending: ItemCounts
  copying: ItemCounts
  verifying: ItemCounts
  done: ItemCounts
  failed: ItemCounts
  retries: number
  /** Bytes copied of files that are not verified yet. */
  movingBytes: number
  workers: number
  /** Per second. */
  bytesPerSecond: number
  itemsPerSecond: number
  /** Null while it cannot be told. */
  etaSeconds: number | null
}

/** A worker that has not been heard of for so long is gone. */
const WORKER_GONE_MS = 30_000
/** The time over which rates are smoothed. */
export const RATE_SMOOTHING_MS = 10_000

/** @param now milliseconds since 1970 */
export function tallyOf(
  migration: Pick<Migration, 'state' | 'planning' | 'planPasses'>,
  progress: MigrationProgress | undefined,
  workers: readonly MigrationWorker[],
  now: number,
): Tally {
  const counts = (items: bigint | undefined, bytes: bigint | undefined): ItemCounts => ({
    items: Number(items ?? 0),
    bytes: Number(bytes ?? 0),
  })
  const pending = counts(progress?.pendingItems, progress?.pendingBytes)
  const copying = counts(progress?.copyingItems, progress?.copyingBytes)
  const verifying = counts(progress?.verifyingItems, progress?.verifyingBytes)
  const done = counts(progress?.doneItems, progress?.doneBytes)
  const failed = counts(progress?.failedItems, progress?.failedBytes)
  const all = [pending, copying, verifying, done, failed]
  const total = {
    items: all.reduce((sum, { items }) => sum + items, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  }
  const living = workers.filter(({ seenAt }) => now - seenAt.getTime() < WORKER_GONE_MS)
  const left = { items: total.items - done.items - failed.items, bytes: total.bytes - done.bytes - failed.bytes }
  const movingBytes = Math.min(
    copying.bytes + verifying.bytes,
    living.reduce((sum, worker) => sum + Number(worker.movingBytes), 0),
  )
  const moves = migration.state === 'RUNNING' || migration.state === 'ROLLING_BACK'
  const rates = moves ? ratesOf(progress, now) : { bytes: 0, items: 0 }
  return {
    total,
    pending,
    copying,
    verifying,
    done,
    failed,
    retries: Number(progress?.retries ?? 0),
    movingBytes,
    workers: moves ? living.length : 0,
    bytesPerSecond: rates.bytes,
    itemsPerSecond: rates.items,
    etaSeconds: etaOf(left, movingBytes, rates, { moves, planned: migration.planPasses > 0 }),
  }
}

/** Rates fade while nothing is reported, and are not diluted by the time before there were any. */
function ratesOf(progress: MigrationProgress | undefined, now: number): { bytes: number; items: number } {
  if (!progress?.ratedAt || !progress.ratedSince) return { bytes: 0, items: 0 }
  const fading = Math.exp(-Math.max(0, now - progress.ratedAt.getTime()) / RATE_SMOOTHING_MS)
  const known = 1 - Math.exp(-Math.max(250, now - progress.ratedSince.getTime()) / RATE_SMOOTHING_MS)
  return { bytes: (progress.byteRate * fading) / known, items: (progress.itemRate * fading) / known }
}

/** The slower of what bytes and files say: a thousand small files take longer than their bytes tell. */
function etaOf(
  left: ItemCounts,
  movingBytes: number,
  rates: { bytes: number; items: number },
  { moves, planned }: { moves: boolean; planned: boolean },
): number | null {
  if (left.items === 0 && planned) return 0
  if (!planned || !moves) return null
  const byBytes = left.bytes - movingBytes > 0 ? (left.bytes - movingBytes) / rates.bytes : 0
  // A few large files end too seldom to tell a rate of files.
  const byItems = rates.items * 60 > 1 ? left.items / rates.items : 0
  const seconds = Math.max(byBytes, byItems)
  return Number.isFinite(seconds) && (rates.bytes > 0 || rates.items > 0) ? Math.ceil(seconds) : null
}
