import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, DocumentVersion, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { accessOf, requireDocument, type Access } from '../../documents/access.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { beginProcessing } from '../../ingest/usecases/begin-processing.ts'
import type { ByteStore, Caller, CommittedBlob } from '../../storage/byte-store.ts'
import { releaseBytesJob } from '../../trash/trash.jobs.ts'
import { fromStorage } from '../../uploads/upload.errors.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  outbox: Pick<OutboxDispatcher, 'kick'>
  announce: AnnounceDocument
}

/**
 * Makes the newer file of a document, whose bytes have arrived, its current one. Whoever may not change the document any
 * more does not: their bytes go again. Completing twice gives the same document.
 * @throws NotFoundError, NotAllowedError, InTrashError, UploadIncompleteError, UploadMismatchError, UnavailableError
 */
export const completeReplacement =
  (deps: Deps) =>
  async (versionId: string, viewer: Pick<Viewer, 'userId' | 'groupIds'>, as: Caller): Promise<Document> => {
    const version = await deps.db.documentVersion.findFirst({
      where: { id: versionId, createdBy: viewer.userId },
      include: { document: { select: { ownerId: true } } },
    })
    if (!version) throw new NotFoundError('The upload')
    const access = accessOf(viewer)
    if (version.number !== null) return requireDocument(deps.db, access, version.documentId, 'VIEW')
    const blob = await deps.bytes.complete(versionId, version.document.ownerId, as).catch((error: unknown) => {
      throw fromStorage(error)
    })
    try {
      const document = await deps.db.$transaction((tx) => keep(tx, version, blob, access))
      deps.outbox.kick()
      await deps.announce(document)
      return document
    } catch (error) {
      if (error instanceof DomainError) await giveBack(deps, version.id, blob.blobId)
      throw error
    }
  }

async function keep(
  tx: Prisma.TransactionClient,
  version: DocumentVersion,
  blob: CommittedBlob,
  access: Access,
): Promise<Document> {
  // Two completions at once follow each other, and so do the numbers.
  await tx.$queryRaw`SELECT 1 FROM "documents" WHERE "id" = ${version.documentId}::uuid FOR NO KEY UPDATE`
  const before = await requireDocument(tx, access, version.documentId, 'EDIT')
  if (before.trashedAt) throw new InTrashError()
  const fresh = await tx.documentVersion.findUnique({ where: { id: version.id } })
  if (!fresh) throw new NotFoundError('The upload')
  if (fresh.number !== null) return before
  const { _max } = await tx.documentVersion.aggregate({ where: { documentId: before.id }, _max: { number: true } })
  const file = { blobId: blob.blobId, size: blob.size, sha256: blob.sha256 }
  await tx.documentVersion.update({ where: { id: version.id }, data: { ...file, number: (_max.number ?? 0) + 1 } })
  const { filename, contentType } = version
  await tx.document.update({ where: { id: before.id }, data: { ...file, filename, contentType } })
  await beginProcessing(tx, { id: before.id, blobId: blob.blobId })
  return tx.document.findUniqueOrThrow({ where: { id: before.id } })
}

async function giveBack(deps: Deps, versionId: string, blobId: string): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    await tx.documentVersion.deleteMany({ where: { id: versionId, number: null } })
    await enqueue(tx, releaseBytesJob, { blobId })
  })
  deps.outbox.kick()
}
