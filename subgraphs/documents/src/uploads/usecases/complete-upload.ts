import type { Viewer } from '@archivolt/kit/identity/identity'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { beginProcessing } from '../../ingest/usecases/begin-processing.ts'
import { upsertSearchEntry } from '../../search/search-entry.ts'
import type { ByteStore, Caller } from '../../storage/byte-store.ts'
import { completeReplacement } from '../../versions/usecases/complete-replacement.ts'
import { fromStorage } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  outbox: Pick<OutboxDispatcher, 'kick'>
  announce: AnnounceDocument
}

export type CompleteUpload = ReturnType<typeof completeUpload>

/**
 * Takes in a file whose bytes have arrived: storage commits them, then the document is PROCESSING and its job is on the
 * way, in one transaction. Completing twice gives the same document.
 * @throws NotFoundError, UploadIncompleteError, UploadMismatchError, UnavailableError
 */
export const completeUpload =
  (deps: Deps) =>
  async (documentId: string, viewer: Pick<Viewer, 'userId' | 'groupIds'>, as: Caller): Promise<Document> => {
    const before = await deps.db.document.findFirst({
      where: { id: documentId, ownerId: viewer.userId, purgingAt: null },
    })
    if (!before) return completeReplacement(deps)(documentId, viewer, as)
    if (before.status !== 'UPLOADING') return before
    const blob = await deps.bytes.complete(documentId, viewer.userId, as).catch((error: unknown) => {
      throw fromStorage(error)
    })
    const document = await deps.db.$transaction(async (tx) => {
      const { count } = await tx.document.updateMany({
        where: { id: documentId, status: 'UPLOADING' },
        data: { status: 'PROCESSING', step: 'VERIFY', blobId: blob.blobId, size: blob.size, sha256: blob.sha256 },
      })
      const row = await tx.document.findUniqueOrThrow({ where: { id: documentId } })
      if (count > 0) {
        const { blobId, filename, contentType, size, sha256 } = row
        const file = { blobId, filename, contentType, size, sha256 }
        await tx.documentVersion.create({
          data: { id: documentId, documentId, number: 1, createdBy: viewer.userId, ...file },
        })
        await upsertSearchEntry(tx, row, '')
        await beginProcessing(tx, { id: documentId, blobId: blob.blobId })
      }
      return row
    })
    deps.outbox.kick()
    await deps.announce(document)
    return document
  }
