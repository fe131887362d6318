import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { requireDocument, type Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { beginProcessing } from '../../ingest/usecases/begin-processing.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
}

/**
 * Makes an older file of a document the current one again. Nothing is copied and nothing is lost: both stay versions.
 * @throws NotFoundError, NotAllowedError, InTrashError
 */
export const restoreVersion =
  (deps: Deps) =>
  async (versionId: string | null, actor: Actor): Promise<Document> => {
    const version = versionId ? await deps.db.documentVersion.findUnique({ where: { id: versionId } }) : null
    if (!version?.blobId || version.number === null) throw new NotFoundError('The version')
    const before = await requireDocument(deps.db, actor.access, version.documentId, 'EDIT')
    if (before.trashedAt) throw new InTrashError()
    if (before.blobId === version.blobId) return before
    const blobId = version.blobId
    const document = await deps.db.$transaction(async (tx) => {
      const { filename, contentType, size, sha256 } = version
      await tx.document.update({ where: { id: before.id }, data: { blobId, filename, contentType, size, sha256 } })
      await beginProcessing(tx, { id: before.id, blobId })
      await audit(tx, actor, 'version.restored', { type: 'Document', id: before.id }, { version: version.number })
      return tx.document.findUniqueOrThrow({ where: { id: before.id } })
    })
    deps.outbox.kick()
    await deps.announce(document)
    return document
  }
