import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { Document, PrismaClient } from '../../prisma/client/client.ts'

/** @param also principals that could see it until now, and should learn that they cannot any more */
export type AnnounceDocument = (document: Pick<Document, 'id' | 'ownerId'>, also?: readonly string[]) => Promise<void>

/** The channel on which changes of documents are told to one principal: ids only, the reader looks the rest up. */
export const documentChannel = (principal: string): string => `documents:${principal}`

/** Tells whoever may see a document and watches that it changed. A lost word is not a failure of the change itself. */
export const announceDocument =
  (deps: { pubsub: PubSub; db: Pick<PrismaClient, 'share'>; log: Logger }): AnnounceDocument =>
  async (document, also = []) => {
    try {
      const shares = await deps.db.share.findMany({ where: { documentId: document.id }, select: { principal: true } })
      const principals = new Set([`u:${document.ownerId}`, ...shares.map(({ principal }) => principal), ...also])
      await Promise.all(
        [...principals].map((principal) => deps.pubsub.publish(documentChannel(principal), document.id)),
      )
    } catch (error) {
      deps.log.warn({ err: error, documentId: document.id }, 'a change of a document could not be announced')
    }
  }
