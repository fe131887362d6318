import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { purgeDocumentJob } from '../trash.jobs.ts'
import { beginPurge } from './trash-documents.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
  retentionDays: number
  log: Logger
  now: () => number
}

const DAY_MS = 86_400_000
/** The tries of a purge end within three days; a document still there then has lost its job. */
const PURGE_STALE_MS = 4 * DAY_MS
const BATCH = 100
/** Of one run; the next run goes on. */
const MOST = 10_000

/** Purges what has been in the trash for longer than the retention, and takes up again purges that lost their job. */
export const emptyTrash =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const before = new Date(deps.now() - deps.retentionDays * DAY_MS)
    for (let done = 0; done < MOST && !signal.aborted;) {
      const old = await deps.db.document.findMany({
        where: { trashedAt: { lt: before }, purgingAt: null },
        orderBy: { trashedAt: 'asc' },
        take: BATCH,
      })
      await deps.db.$transaction(async (tx) => {
        for (const { id } of old) {
          if (!(await beginPurge(tx, id, new Date(deps.now())))) continue
          const target = { type: 'Document', id }
          const at = new Date(deps.now()).toISOString()
          await recordAudit(tx, { at, type: 'documents.document.purged', actorId: null, target })
        }
      })
      deps.outbox.kick()
      for (const document of old) await deps.announce(document)
      done += old.length
      if (old.length < BATCH) break
    }
    await takeUpLost(deps)
  }

async function takeUpLost(deps: Deps): Promise<void> {
  const lost = await deps.db.document.findMany({
    where: { trashedAt: { not: null }, purgingAt: { lt: new Date(deps.now() - PURGE_STALE_MS) } },
    orderBy: { purgingAt: 'asc' },
    take: BATCH,
    select: { id: true },
  })
  for (const { id } of lost) {
    await deps.db.$transaction(async (tx) => {
      await tx.document.updateMany({ where: { id }, data: { purgingAt: new Date(deps.now()) } })
      await enqueue(tx, purgeDocumentJob, { documentId: id })
    })
    deps.log.warn({ documentId: id }, 'a document that is to be deleted for good had lost its job')
  }
  if (lost.length) deps.outbox.kick()
}
