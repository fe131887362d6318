import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { requireDocument, type Access } from '../../documents/access.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { checkTopics } from '../topic.ts'
import { addTopics } from './change-topics.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
}

/**
 * Gives a document topics that an AI suggested and this person accepted. One it has already keeps where it came from.
 * @throws NotFoundError, NotAllowedError, InTrashError, InvalidInputError
 */
export const acceptTopics =
  (deps: Deps) =>
  async (documentId: string | null, names: readonly string[], access: Access): Promise<Document> => {
    const topics = checkTopics('names', names)
    const document = await deps.db.$transaction(async (tx) => {
      const before = await requireDocument(tx, access, documentId, 'EDIT')
      if (before.trashedAt) throw new InTrashError()
      await addTopics(tx, before, topics, { provenance: 'AI', userId: access.userId })
      return tx.document.update({ where: { id: before.id }, data: { updatedAt: new Date() } })
    })
    await deps.announce(document)
    return document
  }
