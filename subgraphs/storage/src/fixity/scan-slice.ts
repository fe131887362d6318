import { randomUUID } from 'node:crypto'
import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { FindingKind, Prisma, PrismaClient, Scan, ScanSlice } from '../../prisma/client/client.ts'
import { SliceLostError } from './fixity.errors.ts'

/* A scan is cut into slices, one for each place. A slice belongs to one process at a time, which says again and again
   that it lives and how far it is; when it falls silent another goes on from there. */

const LEASE_MS = 60_000
const RENEW_MS = 15_000
/** After the first failure in a row; each later one waits longer by as much. */
const RETRY_MS = 60_000
const MAX_FAILURES = 12
/** More findings of a slice are counted, and not listed. */
const MAX_FINDINGS = 10_000

interface Deps {
  db: PrismaClient
  log: Logger
  now: () => number
}

const COUNTS = ['checked', 'ok', 'damaged', 'missing', 'repaired', 'orphans', 'foreign', 'bytes'] as const
export type Counts = Partial<Record<(typeof COUNTS)[number], number>>

export interface Finding {
  kind: FindingKind
  key: string
  blobId?: string
  repaired?: boolean
}

export interface HeldSlice {
  scan: Scan
  slice: ScanSlice
  /** Fires at shutdown, and when another process has taken the slice over. */
  signal: AbortSignal
  /** Writes down how far it is, with what was counted and found since. @throws SliceLostError */
  save(progress: { cursor?: string | null; listed?: boolean }, counts: Counts, findings?: Finding[]): Promise<void>
}

/**
 * Takes a slice that nobody works on and lets `work` go on with it. When that fails the slice is tried again later, by
 * whoever comes; after too many failures in a row it is given up, with the reason.
 * @returns whether there was one
 */
export async function withSlice(
  deps: Deps,
  outer: AbortSignal,
  work: (held: HeldSlice) => Promise<void>,
): Promise<boolean> {
  const holder = randomUUID()
  const slice = await take(deps, holder)
  if (!slice) return false
  const at = { scanId: slice.scanId, backendId: slice.backendId }
  const lost = new AbortController()
  const update = async (db: Prisma.TransactionClient, data: Prisma.ScanSliceUpdateManyMutationInput) => {
    const { count } = await db.scanSlice.updateMany({ where: { ...at, holder }, data })
    if (count === 0) throw new SliceLostError('another process has taken this slice over')
  }
  const renewal = setInterval(() => {
    update(deps.db, { leaseUntil: new Date(deps.now() + LEASE_MS) }).catch((error: unknown) => {
      if (error instanceof SliceLostError) lost.abort(error)
      else deps.log.warn({ err: error }, 'the lease of a scan could not be renewed')
    })
  }, RENEW_MS)
  const signal = AbortSignal.any([outer, lost.signal])
  try {
    const scan = await deps.db.scan.findUniqueOrThrow({ where: { id: slice.scanId } })
    await work({
      scan,
      slice,
      signal,
      save: (progress, counts, findings = []) =>
        deps.db.$transaction(async (tx) => {
          const added = Object.fromEntries(COUNTS.map((name) => [name, { increment: counts[name] ?? 0 }]))
          await update(tx, { ...progress, ...added, failures: 0, message: null })
          await keep(tx, at, findings, new Date(deps.now()))
        }),
    })
    await end(deps, at, (tx) => update(tx, { state: 'DONE', holder: null, leaseUntil: null, message: null }))
  } catch (error) {
    await giveBack(deps, slice, outer, error, update)
  } finally {
    clearInterval(renewal)
  }
  return true
}

async function take(deps: Deps, holder: string): Promise<ScanSlice | null> {
  const [now, until] = [new Date(deps.now()), new Date(deps.now() + LEASE_MS)]
  const [taken] = await deps.db.$queryRaw<{ scanId: string; backendId: string }[]>`
    UPDATE "scan_slices" SET "holder" = ${holder}::uuid, "lease_until" = ${until}
    WHERE ("scan_id", "backend_id") = (
      SELECT s."scan_id", s."backend_id" FROM "scan_slices" s JOIN "scans" c ON c."id" = s."scan_id"
      WHERE c."state" = 'RUNNING' AND s."state" = 'RUNNING' AND (s."lease_until" IS NULL OR s."lease_until" < ${now})
      ORDER BY s."failures", s."scan_id", s."backend_id" LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
    RETURNING "scan_id" AS "scanId", "backend_id" AS "backendId"`
  return taken ? deps.db.scanSlice.findUnique({ where: { scanId_backendId: taken } }) : null
}

type Update = (db: Prisma.TransactionClient, data: Prisma.ScanSliceUpdateManyMutationInput) => Promise<void>
type At = { scanId: string; backendId: string }

async function giveBack(deps: Deps, slice: ScanSlice, outer: AbortSignal, error: unknown, update: Update) {
  if (error instanceof SliceLostError || outer.reason instanceof SliceLostError) return
  const released = { holder: null, leaseUntil: null }
  try {
    // At shutdown: another process, or this one after its start, goes on at once.
    if (outer.aborted) return await update(deps.db, released)
    const fresh = await deps.db.scanSlice.findUnique({ where: { scanId_backendId: at(slice) } })
    const failures = (fresh?.failures ?? 0) + 1
    const sentence =
      error instanceof DomainError ? error.message : 'The place did not answer as it should. Look into the log.'
    const message = sentence.slice(0, 500)
    deps.log.warn({ err: error, backendId: slice.backendId, failures }, 'a scan was interrupted')
    if (failures < MAX_FAILURES) {
      const leaseUntil = new Date(deps.now() + failures * RETRY_MS)
      return await update(deps.db, { holder: null, leaseUntil, failures, message })
    }
    await end(deps, at(slice), (tx) => update(tx, { ...released, state: 'FAILED', failures, message }))
  } catch (reason) {
    if (!(reason instanceof SliceLostError)) deps.log.warn({ err: reason }, 'a slice of a scan could not be given back')
  }
}

const at = ({ scanId, backendId }: ScanSlice): At => ({ scanId, backendId })

/** Ends a slice, and with the last one the scan. */
async function end(
  deps: Deps,
  { scanId }: At,
  endSlice: (tx: Prisma.TransactionClient) => Promise<void>,
): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    // Two last slices at once follow each other.
    await tx.$queryRaw`SELECT 1 FROM "scans" WHERE "id" = ${scanId}::uuid FOR UPDATE`
    await endSlice(tx)
    const slices = await tx.scanSlice.findMany({ where: { scanId } })
    if (slices.some(({ state }) => state === 'RUNNING')) return
    const finishedAt = new Date(deps.now())
    const state = slices.some((slice) => slice.state === 'FAILED') ? 'FAILED' : 'DONE'
    const scan = await tx.scan.update({ where: { id: scanId }, data: { state, finishedAt } })
    const total = (name: (typeof COUNTS)[number]) => Number(slices.reduce((sum, slice) => sum + slice[name], 0n))
    await recordAudit(tx, {
      at: finishedAt.toISOString(),
      type: scan.kind === 'FIXITY' ? 'storage.fixity.finished' : 'storage.orphans.finished',
      actorId: null,
      target: { type: 'StorageScan', id: scanId },
      details: { state, ...Object.fromEntries(COUNTS.map((name) => [name, total(name)])) },
    })
  })
}

async function keep(tx: Prisma.TransactionClient, at: At, findings: readonly Finding[], now: Date): Promise<void> {
  if (findings.length === 0 || (await tx.scanFinding.count({ where: at })) >= MAX_FINDINGS) return
  await tx.scanFinding.createMany({
    data: findings.map(({ kind, key, blobId, repaired }) => {
      return { ...at, kind, key, blobId, foundAt: now, repairedAt: repaired ? now : null }
    }),
    skipDuplicates: true,
  })
}
