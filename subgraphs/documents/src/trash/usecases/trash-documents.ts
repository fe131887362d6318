import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { levelsOf, visibleTo, type Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { NotAllowedError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { purgeDocumentJob } from '../trash.jobs.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
  now: () => number
}

/** Of one call; more is `bulkUpdateDocuments`. */
export const MAX_AT_ONCE = 100

/**
 * Puts documents into the trash: from now on nobody else sees them and no search finds them. All or none.
 * @throws NotFoundError, NotAllowedError, InvalidInputError
 */
export const trashDocuments =
  (deps: Deps) =>
  (ids: readonly (string | null)[], actor: Actor): Promise<Document[]> =>
    change(deps, ids, actor, 'document.trashed', { trashedAt: null, status: { not: 'UPLOADING' } }, (now) => ({
      trashedAt: now,
    }))

/** Takes documents out of the trash again, as they were. All or none. @throws NotFoundError, NotAllowedError, InvalidInputError */
export const restoreDocuments =
  (deps: Deps) =>
  (ids: readonly (string | null)[], actor: Actor): Promise<Document[]> =>
    change(deps, ids, actor, 'document.restored', { trashedAt: { not: null } }, () => ({ trashedAt: null }))

/**
 * Deletes documents in the trash for good. They are gone for everybody at once; bytes, pages and everything else follow
 * by a job that does not give up.
 * @throws NotFoundError for one that is not in the trash, NotAllowedError, InvalidInputError
 */
export const purgeDocuments =
  (deps: Deps) =>
  async (ids: readonly (string | null)[], actor: Actor): Promise<string[]> => {
    const documents = await owned(deps.db, ids, actor)
    if (documents.some(({ trashedAt }) => trashedAt === null))
      throw new InvalidInputError('ids', 'Only what is in the trash is deleted for good. Put it there first.')
    await deps.db.$transaction(async (tx) => {
      for (const { id } of documents) {
        if (await beginPurge(tx, id, new Date(deps.now())))
          await audit(tx, actor, 'document.purged', { type: 'Document', id })
      }
    })
    deps.outbox.kick()
    for (const document of documents) await deps.announce(document)
    return documents.map(({ id }) => id)
  }

/** Makes a document in the trash invisible for ever, and sees to the rest. @returns false when somebody was there first */
export async function beginPurge(tx: Prisma.TransactionClient, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.document.updateMany({
    where: { id, trashedAt: { not: null }, purgingAt: null },
    data: { purgingAt: now },
  })
  if (count === 0) return false
  await tx.searchEntry.deleteMany({ where: { documentId: id } })
  await enqueue(tx, purgeDocumentJob, { documentId: id })
  return true
}

async function change(
  deps: Deps,
  ids: readonly (string | null)[],
  actor: Actor,
  event: string,
  where: Prisma.DocumentWhereInput,
  data: (now: Date) => Prisma.DocumentUpdateManyMutationInput,
): Promise<Document[]> {
  const documents = await owned(deps.db, ids, actor)
  const known = documents.map(({ id }) => id)
  const changed = await deps.db.$transaction(async (tx) => {
    const rows = await tx.document.updateManyAndReturn({
      where: { id: { in: known }, purgingAt: null, AND: [where] },
      data: data(new Date(deps.now())),
      select: { id: true },
    })
    for (const { id } of rows) await audit(tx, actor, event, { type: 'Document', id })
    return tx.document.findMany({ where: { id: { in: known } } })
  })
  deps.outbox.kick()
  for (const document of changed) await deps.announce(document)
  return known.flatMap((id) => changed.find((document) => document.id === id) ?? [])
}

async function owned(db: PrismaClient, ids: readonly (string | null)[], actor: Actor): Promise<Document[]> {
  if (ids.length === 0 || ids.length > MAX_AT_ONCE)
    throw new InvalidInputError('ids', `1 to ${MAX_AT_ONCE} documents at once; for more there is bulkUpdateDocuments.`)
  const wanted = [...new Set(ids)]
  const documents = await db.document.findMany({
    where: { id: { in: wanted.filter((id) => id !== null) }, AND: [visibleTo(actor.access)] },
  })
  if (documents.length !== wanted.length) throw new NotFoundError('One of the documents')
  const levels = await levelsOf(db, actor.access, documents)
  if (documents.some(({ id }) => levels.get(id) !== 'OWN')) throw new NotAllowedError(true)
  return documents
}
