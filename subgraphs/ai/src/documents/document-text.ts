import { NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import type { Identity, Viewer } from '@archivolt/kit/identity/identity'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'
import { MAX_TEXT } from '../providers/provider.ts'

/** The person a call is made for. */
export interface Caller extends Omit<Identity, 'caller' | 'viewer'> {
  viewer: Viewer
}

export interface ReadableDocument {
  title: string
  /** What was read in the file, from its beginning; empty when nothing was. */
  text: string
  /** The topics the person already uses. */
  topics: string[]
}

/**
 * What a document says, as the documents service gives it to this person.
 * @throws NotFoundError when there is none or they may not see it; UnavailableError
 */
export type DocumentText = (documentId: string, as: Caller, signal: AbortSignal) => Promise<ReadableDocument>

const contract = z.object({ title: z.string(), text: z.string(), topics: z.array(z.string()) })

/** Reading a kept text is quick; longer means that the other side is in trouble. */
const TIMEOUT_MS = 10_000

/** `GET /internal/documents/{id}/text`, on behalf of the person, so that documents decides what they may read. */
export function createDocumentText(services: ServiceClient): DocumentText {
  return async (documentId, as, signal) => {
    const deadline = AbortSignal.timeout(TIMEOUT_MS)
    const path = `/internal/documents/${documentId}/text?limit=${MAX_TEXT}`
    try {
      return contract.parse(
        await services.json('documents', {
          method: 'GET',
          path,
          identity: as,
          signal: AbortSignal.any([signal, deadline]),
        }),
      )
    } catch (error) {
      if (error instanceof NotFoundError) throw new NotFoundError('The document')
      signal.throwIfAborted()
      if (deadline.aborted) throw new UnavailableError('The documents service', { cause: error })
      throw error
    }
  }
}
