import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { failStep } from '../run-step.ts'
import { beginProcessing, handOver } from './begin-processing.ts'

interface Deps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
  announce: AnnounceDocument
  log: Logger
  now: () => number
}

/** The tries of a step end within three hours; one that waits longer has lost its job, or stands in a long line, where a second job does no harm. */
const STALE_MS = 3 * 3_600_000
const BATCH = 100
/** Turns at a step after which it is hopeless: twice as many as its job has tries. */
const MAX_TURNS = 26

/** Takes up again what lost its job with its worker, and gives up what was tried too often. */
export const resumeSteps =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const before = new Date(deps.now() - STALE_MS)
    const lost = await deps.db.processingStep.findMany({
      where: {
        state: { in: ['WAITING', 'RUNNING'] },
        queuedAt: { lt: before },
        OR: [{ leaseUntil: null }, { leaseUntil: { lt: new Date(deps.now()) } }],
      },
      orderBy: { queuedAt: 'asc' },
      take: BATCH,
      include: { document: { select: { id: true, ownerId: true, blobId: true } } },
    })
    for (const { step, run, attempts, document } of lost) {
      signal.throwIfAborted()
      if (!document.blobId) continue
      const task = { documentId: document.id, blobId: document.blobId, run }
      if (attempts > MAX_TURNS) {
        await failStep(deps, step, task, 'It was tried too often: each time the vault was ended in the middle of it.')
        await deps.announce(document)
      } else await deps.db.$transaction((tx) => handOver(tx, step, task))
      deps.log.warn({ documentId: document.id, step, attempts }, 'a step had lost its job')
    }
    const never = await beginForgotten(deps, before)
    if (lost.length + never > 0) deps.outbox.kick()
  }

/** Documents of which nothing says how far they are: they came in before their steps were written down. */
async function beginForgotten(deps: Deps, before: Date): Promise<number> {
  const forgotten = await deps.db.document.findMany({
    where: { status: 'PROCESSING', updatedAt: { lt: before }, blobId: { not: null }, steps: { none: {} } },
    orderBy: { updatedAt: 'asc' },
    take: BATCH,
    select: { id: true, blobId: true },
  })
  for (const { id, blobId } of forgotten) {
    await deps.db.$transaction((tx) => beginProcessing(tx, { id, blobId: blobId as string }))
    deps.log.warn({ documentId: id }, 'a document had lost its job and is read again')
  }
  return forgotten.length
}
