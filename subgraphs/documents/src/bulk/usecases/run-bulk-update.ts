import { DomainError } from '@archivolt/kit/errors/domain-error'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { BulkItem, BulkUpdate, Document, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { requireDocument, type Access } from '../../documents/access.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { checkDay, requireCategory } from '../../documents/usecases/update-document.ts'
import { addTopics, removeTopics, topicsNamed } from '../../topics/usecases/change-topics.ts'
import { bulkUpdateJob } from '../bulk-update.job.ts'
import { snapshotOf, type BulkChange, type Snapshot } from '../bulk.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
  now: () => number
}

const BATCH = 50
/** Documents of one job; the next job goes on, so that none of them runs for long. */
const SLICE = 2_000

/**
 * Goes on with a change to many documents, each in a transaction of its own that also says that it is done: whoever
 * dies in between leaves nothing half changed and nothing changed twice.
 */
export const runBulkUpdate =
  (deps: Deps) =>
  async (task: { bulkId: string; undo: boolean; principals: string[] }, signal: AbortSignal): Promise<void> => {
    const bulk = await deps.db.bulkUpdate.findUnique({ where: { id: task.bulkId } })
    if (bulk?.state !== (task.undo ? 'UNDOING' : 'RUNNING')) return
    const access: Access = { userId: bulk.actorId, principals: task.principals }
    for (let done = 0; done < SLICE;) {
      const current = await deps.db.bulkUpdate.findUnique({ where: { id: bulk.id }, select: { state: true } })
      if (current?.state !== bulk.state) return
      const items = await deps.db.bulkItem.findMany({
        where: { bulkId: bulk.id, state: task.undo ? 'DONE' : 'PENDING' },
        orderBy: { documentId: 'asc' },
        take: BATCH,
      })
      for (const item of items) {
        signal.throwIfAborted()
        const document = await (task.undo ? undoOne(deps, bulk, item, access) : changeOne(deps, bulk, item, access))
        if (document) await deps.announce(document)
      }
      done += items.length
      if (items.length < BATCH) return finish(deps, bulk, task.undo)
    }
    await enqueue(deps.db, bulkUpdateJob, task)
    deps.outbox.kick()
  }

async function finish(deps: Deps, bulk: BulkUpdate, undo: boolean): Promise<void> {
  await deps.db.bulkUpdate.updateMany({
    where: { id: bulk.id, state: undo ? 'UNDOING' : 'RUNNING' },
    data: { state: undo ? 'UNDONE' : 'DONE', finishedAt: new Date(deps.now()) },
  })
}

/** @returns the document, unless it was skipped */
async function changeOne(deps: Deps, bulk: BulkUpdate, item: BulkItem, access: Access): Promise<Document | null> {
  const change = bulk.change as BulkChange
  try {
    return await deps.db.$transaction(async (tx) => {
      const document = await claim(tx, item, 'PENDING', access, change)
      if (!document) return null
      const before = await snapshotOf(tx, document)
      if (change.categoryId) await requireCategory(tx, document.ownerId, change.categoryId)
      const changed = await tx.document.update({ where: { id: document.id }, data: dataOf(deps, document, change) })
      const by = { provenance: 'PERSON' as const, userId: access.userId }
      if (change.addTopics) await addTopics(tx, document, change.addTopics, by)
      if (change.removeTopics) await removeNamed(tx, document, change.removeTopics)
      const after = await snapshotOf(tx, changed)
      await mark(tx, item, { state: 'DONE', before: json(before), after: json(after) })
      return changed
    })
  } catch (error) {
    // Not theirs to change, gone, or full of topics: told as skipped, and the others go on.
    if (!(error instanceof DomainError)) throw error
    await mark(deps.db, item, { state: 'SKIPPED' })
    return null
  }
}

async function undoOne(deps: Deps, bulk: BulkUpdate, item: BulkItem, access: Access): Promise<Document | null> {
  const change = bulk.change as BulkChange
  const before = item.before as unknown as Snapshot
  const after = item.after as unknown as Snapshot
  try {
    return await deps.db.$transaction(async (tx) => {
      const document = await claim(tx, item, 'DONE', access, change)
      if (!document) return null
      const now = await snapshotOf(tx, document)
      const fields = (['categoryId', 'language', 'documentDate', 'trashedAt'] as const).filter(
        (field) => before[field] !== after[field],
      )
      // Whoever changed it since knew why.
      const untouched = fields.filter((field) => now[field] === after[field])
      if (untouched.includes('categoryId') && before.categoryId)
        await requireCategory(tx, document.ownerId, before.categoryId)
      const changed = await tx.document.update({
        where: { id: document.id },
        data: {
          ...(untouched.includes('categoryId') && { categoryId: before.categoryId }),
          ...(untouched.includes('language') && { language: before.language }),
          ...(untouched.includes('documentDate') && { documentDate: checkDay('documentDate', before.documentDate) }),
          ...(untouched.includes('trashedAt') && { trashedAt: before.trashedAt && new Date(before.trashedAt) }),
        },
      })
      await undoTopics(tx, document, before, after)
      await mark(tx, item, { state: untouched.length === fields.length ? 'UNDONE' : 'KEPT' })
      return changed
    })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    await mark(deps.db, item, { state: 'KEPT' })
    return null
  }
}

/** The document, held for this transaction; null when another worker has done the item. @throws DomainError */
async function claim(
  tx: Prisma.TransactionClient,
  item: BulkItem,
  state: 'PENDING' | 'DONE',
  access: Access,
  change: BulkChange,
): Promise<Document | null> {
  // Held shared: whoever wants to take the change back waits for this document, and then finds it done.
  const running = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "bulk_updates"
    WHERE "id" = ${item.bulkId}::uuid AND "state" = ${state === 'PENDING' ? 'RUNNING' : 'UNDOING'}::"bulk_state" FOR SHARE`
  if (running.length === 0) return null
  await tx.$queryRaw`SELECT 1 FROM "documents" WHERE "id" = ${item.documentId}::uuid FOR NO KEY UPDATE`
  const still = await tx.bulkItem.findFirst({ where: { bulkId: item.bulkId, documentId: item.documentId, state } })
  if (!still) return null
  return requireDocument(tx, access, item.documentId, change.trash || change.restore ? 'OWN' : 'EDIT')
}

function dataOf(deps: Deps, document: Document, change: BulkChange): Prisma.DocumentUncheckedUpdateInput {
  return {
    ...(change.categoryId !== undefined && { categoryId: change.categoryId }),
    ...(change.language !== undefined && { language: change.language }),
    ...(change.documentDate !== undefined && { documentDate: checkDay('documentDate', change.documentDate) }),
    ...(change.trash && !document.trashedAt && { trashedAt: new Date(deps.now()) }),
    ...(change.restore && { trashedAt: null }),
  }
}

async function undoTopics(
  tx: Prisma.TransactionClient,
  document: Document,
  before: Snapshot,
  after: Snapshot,
): Promise<void> {
  const had = new Set(before.topics.map(({ name }) => name))
  const got = new Set(after.topics.map(({ name }) => name))
  await removeNamed(
    tx,
    document,
    [...got].filter((name) => !had.has(name)),
  )
  for (const { name, provenance, addedBy } of before.topics)
    if (!got.has(name)) await addTopics(tx, document, [name], { provenance, userId: addedBy ?? document.ownerId })
}

async function removeNamed(tx: Prisma.TransactionClient, document: Document, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const topics = await topicsNamed(tx, document.ownerId, names)
  await removeTopics(
    tx,
    document.id,
    topics.map(({ id }) => id),
  )
}

async function mark(
  db: Pick<PrismaClient, 'bulkItem'>,
  item: BulkItem,
  data: Prisma.BulkItemUpdateManyMutationInput,
): Promise<void> {
  await db.bulkItem.updateMany({ where: { bulkId: item.bulkId, documentId: item.documentId }, data })
}

const json = (snapshot: Snapshot): Prisma.InputJsonObject => snapshot as unknown as Prisma.InputJsonObject
