import type { PrismaClient } from '../../../prisma/client/client.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'

interface Deps {
  db: PrismaClient
  bytes: Pick<ByteStore, 'remove'>
  /** Removes the page images of a document; absent is success. */
  removePreviews: (documentId: string, signal: AbortSignal) => Promise<void>
  /** Has the AI forget what it said of a document; absent is success. */
  forgetByAi: (documentId: string, signal: AbortSignal) => Promise<void>
}

/**
 * Removes what is left of a document that was deleted for good, its row last: whatever fails is tried again, and what
 * was removed already is simply not there. Safe to run twice, and at once.
 */
export const purgeDocument =
  (deps: Deps) =>
  async (documentId: string, signal: AbortSignal): Promise<void> => {
    const document = await deps.db.document.findUnique({
      where: { id: documentId },
      include: { versions: { select: { blobId: true } } },
    })
    if (!document?.purgingAt) return
    const blobs = new Set([document.blobId, ...document.versions.map(({ blobId }) => blobId)])
    for (const blobId of blobs) {
      signal.throwIfAborted()
      if (blobId) await deps.bytes.remove(blobId, HOUSE, signal)
    }
    await deps.removePreviews(documentId, signal)
    await deps.forgetByAi(documentId, signal)
    await deps.db.$transaction(async (tx) => {
      const topics = await tx.documentTopic.findMany({ where: { documentId }, select: { topicId: true } })
      await tx.document.deleteMany({ where: { id: documentId, purgingAt: { not: null } } })
      await tx.topic.deleteMany({
        where: { id: { in: topics.map(({ topicId }) => topicId) }, documents: { none: {} } },
      })
    })
  }
