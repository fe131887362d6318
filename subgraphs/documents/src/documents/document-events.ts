import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { Document } from '../../prisma/client/client.ts'

export type AnnounceDocument = (document: Pick<Document, 'id' | 'ownerId'>) => Promise<void>

/** The channel on which changes of one person's documents are told: ids only, the reader looks the rest up. */
export const documentChannel = (ownerId: string): string => `documents:${ownerId}`

/** Tells whoever watches that a document changed. A lost word is not a failure of the change itself. */
export const announceDocument =
  (deps: { pubsub: PubSub; log: Logger }): AnnounceDocument =>
  async (document) => {
    try {
      await deps.pubsub.publish(documentChannel(document.ownerId), document.id)
    } catch (error) {
      deps.log.warn({ err: error, documentId: document.id }, 'a change of a document could not be announced')
    }
  }
