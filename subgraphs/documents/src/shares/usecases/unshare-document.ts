import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { requireDocument, visibleTo, type Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { NotAllowedError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
}

/**
 * Ends a share, from this moment on. The owner may end any; a person may give back what was shared with them.
 * @throws NotFoundError, NotAllowedError
 */
export const unshareDocument =
  (deps: Deps) =>
  async (shareId: string | null, actor: Actor): Promise<Document> => {
    const share = shareId
      ? await deps.db.share.findFirst({ where: { id: shareId, document: visibleTo(actor.access) } })
      : null
    if (!share) throw new NotFoundError('The share')
    const document = await requireDocument(deps.db, actor.access, share.documentId, 'VIEW')
    if (document.ownerId !== actor.access.userId && share.principal !== `u:${actor.access.userId}`)
      throw new NotAllowedError(true)
    await deps.db.$transaction(async (tx) => {
      const { count } = await tx.share.deleteMany({ where: { id: share.id } })
      if (count > 0)
        await audit(tx, actor, 'document.unshared', { type: 'Document', id: document.id }, { with: share.principal })
    })
    deps.outbox.kick()
    await deps.announce(document, [share.principal])
    return document
  }
