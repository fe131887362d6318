import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { JobContext } from '@archivolt/kit/jobs/job'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { v7 as uuidv7 } from 'uuid'
import type { PrismaClient, Reprocess } from '../../../prisma/client/client.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { reprocessJob } from '../reprocess.job.ts'
import { beginProcessing } from './begin-processing.ts'

interface Deps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
}

/** A selection is made by hand; more is everything. */
export const MAX_SELECTED = 1000

/** Who asks, and how they may be told from others in the log. */
export interface Asker {
  userId: string
  ip: string
  requestId: string
}

/**
 * Has documents read again from their bytes: these, which the asker may change, or every one of the vault.
 * @param ids null for every document
 * @throws InvalidInputError for none or too many
 */
export const reprocessDocuments =
  (deps: Deps) =>
  async (ids: readonly string[] | null, asker: Asker): Promise<Reprocess> => {
    if (ids !== null && (ids.length < 1 || ids.length > MAX_SELECTED))
      throw new InvalidInputError('ids', `Name 1 to ${MAX_SELECTED} documents.`)
    const documentIds = [...new Set(ids ?? [])].toSorted()
    const created = await deps.db.$transaction(async (tx) => {
      const total = ids === null ? await tx.document.count({ where: { blobId: { not: null } } }) : documentIds.length
      const row = await tx.reprocess.create({
        data: { id: uuidv7(), actorId: asker.userId, documentIds, everything: ids === null, total },
      })
      await recordAudit(tx, {
        at: new Date().toISOString(),
        type: 'documents.reprocess.started',
        actorId: asker.userId,
        target: { type: 'Reprocessing', id: row.id },
        ip: asker.ip.slice(0, 64) || null,
        requestId: asker.requestId.slice(0, 100) || null,
        details: { everything: ids === null, documents: total },
      })
      await enqueue(tx, reprocessJob, { reprocessId: row.id })
      return row
    })
    deps.outbox.kick()
    return created
  }

/** A row together with how many of its documents are through. */
export interface Reprocessing extends Reprocess {
  finished: number
  failed: number
}

/** How far it is. @throws NotFoundError for what is not the asker's, unless they see all */
export const findReprocessing =
  (deps: Pick<Deps, 'db'>) =>
  async (id: string | null, asker: { userId: string; seesAll: boolean }): Promise<Reprocessing> => {
    const row = id ? await deps.db.reprocess.findUnique({ where: { id } }) : null
    if (!row || (row.actorId !== asker.userId && !asker.seesAll)) throw new NotFoundError('The reprocessing')
    return withProgress(deps.db, row)
  }

export async function withProgress(db: Pick<PrismaClient, '$queryRaw'>, row: Reprocess): Promise<Reprocessing> {
  const [counts] = await db.$queryRaw<{ finished: number; failed: number }[]>`
    SELECT count(*) FILTER (WHERE d."status" NOT IN ('PROCESSING', 'UPLOADING'))::int AS finished,
      count(*) FILTER (WHERE d."status" = 'FAILED')::int AS failed
    FROM "processing_steps" s JOIN "documents" d ON d."id" = s."document_id"
    WHERE s."run" = ${row.id}::uuid AND s."step" = 'VERIFY'`
  return { ...row, finished: counts?.finished ?? 0, failed: counts?.failed ?? 0 }
}

/** Documents begun in one transaction. */
const BATCH = 50
/** Documents of it under way at once: whoever uploads meanwhile waits behind no more than these. */
const AHEAD = 100
const LOOK_AGAIN_MS = 1000

/** Sets the next documents going and comes back until all are. Safe to repeat: the row says how far it is. */
export const continueReprocess =
  (deps: Deps & { announce: AnnounceDocument }) =>
  async ({ reprocessId }: { reprocessId: string }, { signal }: JobContext): Promise<void> => {
    for (;;) {
      signal.throwIfAborted()
      const begun = await beginNext(deps, reprocessId)
      if (begun?.length === 0) return
      for (const document of begun ?? []) await deps.announce(document)
      deps.outbox.kick()
      if (begun === null) {
        await deps.db.$transaction((tx) => enqueue(tx, reprocessJob, { reprocessId }, { delayMs: LOOK_AGAIN_MS }))
        return
      }
    }
  }

/** @returns the documents begun; none when there are no more, null when enough are under way */
async function beginNext(deps: Deps, reprocessId: string): Promise<{ id: string; ownerId: string }[] | null> {
  return deps.db.$transaction(async (tx) => {
    // Two workers at once take turns, so that no document is begun twice.
    await tx.$executeRaw`SELECT 1 FROM "reprocesses" WHERE "id" = ${reprocessId}::uuid FOR UPDATE`
    const row = await tx.reprocess.findUnique({ where: { id: reprocessId } })
    if (row?.state !== 'RUNNING') return []
    const { finished } = await withProgress(tx, row)
    if (row.begun - finished > AHEAD - BATCH) return null
    const after = row.cursor ? { gt: row.cursor } : {}
    const next = await tx.document.findMany({
      where: { blobId: { not: null }, id: { ...after, ...(!row.everything && { in: row.documentIds }) } },
      orderBy: { id: 'asc' },
      take: BATCH,
      select: { id: true, ownerId: true, blobId: true },
    })
    for (const { id, blobId } of next) await beginProcessing(tx, { id, blobId: blobId as string }, reprocessId)
    const last = next.at(-1)?.id
    await tx.reprocess.update({
      where: { id: reprocessId },
      data: last
        ? { cursor: last, begun: { increment: next.length } }
        : { state: 'DONE', finishedAt: new Date(), total: row.begun },
    })
    return next
  })
}
