import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import { upsertSearchEntry } from '../../search/search-entry.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import type { Extractor } from '../extract/extractor.ts'
import { Unreadable } from '../extract/unreadable.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  extractor: Extractor
  announce: AnnounceDocument
}

export interface IngestRun {
  signal: AbortSignal
  /** Whether a failure now is final. */
  lastAttempt: boolean
  log: Logger
}

/**
 * Reads the text of a document and makes it findable. Safe to run twice: it does nothing unless these very bytes are
 * still being processed. A file that cannot be read ends FAILED with the reason; it stays listed and downloadable.
 */
export const ingestDocument =
  (deps: Deps) =>
  async (task: { documentId: string; blobId: string }, run: IngestRun): Promise<void> => {
    const document = await deps.db.document.findUnique({ where: { id: task.documentId } })
    if (document?.status !== 'PROCESSING' || document.blobId !== task.blobId) return
    const started = performance.now()
    try {
      const text = await deps.extractor.textOf(
        { contentType: document.contentType, size: Number(document.size) },
        () => deps.bytes.read(task.blobId, HOUSE, run.signal),
        run.signal,
      )
      await finish(deps, document, { status: 'READY', step: null, failure: null }, text)
      run.log.info(
        { documentId: document.id, characters: text.length, ms: Math.round(performance.now() - started) },
        'document read',
      )
    } catch (error) {
      run.signal.throwIfAborted()
      if (!(error instanceof Unreadable) && !run.lastAttempt) throw error
      run.log.warn({ err: error, documentId: document.id }, 'document could not be read')
      await finish(deps, document, { status: 'FAILED', step: 'TEXT', failure: reasonOf(error) }, '')
    }
  }

function reasonOf(error: unknown): string {
  if (error instanceof Unreadable || error instanceof DomainError) return error.message
  return 'The text could not be read.'
}

type Outcome = Pick<Document, 'status' | 'step' | 'failure'>

async function finish(deps: Deps, document: Document, outcome: Outcome, text: string): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const { count } = await tx.document.updateMany({
      where: { id: document.id, status: 'PROCESSING', blobId: document.blobId },
      data: outcome,
    })
    if (count > 0) await upsertSearchEntry(tx, document, text)
  })
  await deps.announce(document)
}
