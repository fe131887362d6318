import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import { Prisma, type PrismaClient, type Scan, type ScanKind } from '../../../prisma/client/client.ts'
import { ScanRunningError } from '../fixity.errors.ts'
import { workOnScansJob } from '../work-on-scans.job.ts'

interface Deps {
  db: PrismaClient
  outbox: { kick(): void }
  now: () => number
}

export interface NewScan {
  kind: ScanKind
  /** One place alone. Without it all places of the vault, and for orphans people's own accounts too. */
  backendId?: string | null
  /** Most bytes read per second and place. */
  bytesPerSecond?: number | null
  /** Null when the schedule begins it. */
  actorId: string | null
  requestId: string | null
}

/** Slower than this, a large file takes days. */
const LEAST_BYTES_PER_SECOND = 64 * 1024
/** What older scans came upon is of no more use. */
const KEEP_MS = 400 * 86_400_000

/**
 * Begins a scan; it runs in the background, from the oldest blob to the newest at each place.
 * @throws ScanRunningError while one of its kind runs, NotFoundError, InvalidInputError
 */
export const startScan =
  (deps: Deps) =>
  async ({ kind, backendId, bytesPerSecond, actorId, requestId }: NewScan): Promise<Scan> => {
    if (bytesPerSecond && bytesPerSecond < LEAST_BYTES_PER_SECOND) {
      throw new InvalidInputError('bytesPerSecond', `A scan reads at least ${LEAST_BYTES_PER_SECOND} bytes per second.`)
    }
    const startedAt = new Date(deps.now())
    try {
      const scan = await deps.db.$transaction(async (tx) => {
        const backends = await tx.storageBackend.findMany({
          // People's own accounts are not read through unasked: it is their line, and their provider's patience.
          where: backendId ? { id: backendId } : kind === 'FIXITY' ? { ownerId: null } : {},
          select: { id: true },
        })
        if (backends.length === 0) throw new NotFoundError('The place')
        await tx.scan.deleteMany({ where: { finishedAt: { lt: new Date(deps.now() - KEEP_MS) } } })
        const begun = await tx.scan.create({
          data: {
            kind,
            bytesPerSecond,
            startedBy: actorId,
            startedAt,
            slices: { create: backends.map(({ id }) => ({ backendId: id })) },
          },
        })
        await enqueue(tx, workOnScansJob, {})
        await recordAudit(tx, {
          at: startedAt.toISOString(),
          type: kind === 'FIXITY' ? 'storage.fixity.started' : 'storage.orphans.started',
          actorId,
          requestId,
          target: { type: 'StorageScan', id: begun.id },
          details: { backendId: backendId ?? null, bytesPerSecond: bytesPerSecond ?? null },
        })
        return begun
      })
      deps.outbox.kick()
      return scan
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new ScanRunningError()
      throw error
    }
  }

/** Begins what has not been done for so long. @param every milliseconds; null for never */
export const startDueScans = (deps: Deps & { every: Record<ScanKind, number | null> }) => async (): Promise<void> => {
  for (const kind of ['FIXITY', 'ORPHANS'] as const) {
    const every = deps.every[kind]
    if (every === null) continue
    const last = await deps.db.scan.findFirst({ where: { kind }, orderBy: { startedAt: 'desc' } })
    const since = last?.startedAt ?? (await deps.db.vault.findFirst())?.createdAt
    if (!since || since.getTime() + every > deps.now()) continue
    try {
      await startScan(deps)({ kind, actorId: null, requestId: null })
    } catch (error) {
      // Another process was quicker, or the last one still runs; a vault without a place has nothing to scan.
      if (!(error instanceof ScanRunningError || error instanceof NotFoundError)) throw error
    }
  }
}
