import type { JobContext } from '@archivolt/kit/jobs/job'
import type { Reading } from '../../../prisma/client/client.ts'
import { MAX_INDEXED } from '../../search/search-entry.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import { formatOf, isDrawable, READ_LIMIT } from '../extract/formats.ts'
import { storable } from '../extract/extracted.ts'
import { Unreadable } from '../extract/unreadable.ts'
import type { Ocr } from '../ocr/ocr.ts'
import { recognisePages } from '../ocr/recognise-pages.ts'
import type { Reader } from '../reader/reader.ts'
import { runStep, type Complete, type StepDeps } from '../run-step.ts'
import type { StepTask } from '../steps.ts'
import { handOver } from './begin-processing.ts'

interface Deps extends StepDeps {
  bytes: ByteStore
  reader: Reader
  proposer: Reader
  ocr: Ocr
  /** Pages of one document at most. */
  maxPages: number
}

/** Reads the pages that are pictures. Each is kept as soon as it is read, so that a broken-off try goes on where it was. */
export const readScans = (deps: Deps) => (task: StepTask, context: JobContext) =>
  runStep(deps)('OCR', task, context, async (document) => {
    const reading = await deps.db.reading.findUnique({ where: { documentId: document.id } })
    const failed = reading?.blobId === task.blobId ? await recognise(deps, document, reading, context.signal) : 0
    const left = Math.max(0, (reading?.scanned.length ?? 0) - deps.maxPages)
    const notes = [
      ...(left > 0 ? [`${left} of the scanned pages were not read: ${deps.maxPages} are read at most.`] : []),
      ...(failed > 0 ? [`${failed} of the scanned pages could not be read.`] : []),
    ]
    return {
      ...(notes.length > 0 && { note: notes.join(' ') }),
      follow: (tx) => handOver(tx, 'INDEX', task),
    }
  })

/** @returns how many pages could not be read; @throws Unreadable when none could */
async function recognise(deps: Deps, document: Complete, reading: Reading, signal: AbortSignal): Promise<number> {
  const format = formatOf(document.contentType)
  const pages = reading.scanned.slice(0, deps.maxPages).filter((page) => !reading.recognised.includes(page))
  if (!isDrawable(format) || pages.length === 0) return 0
  const limit = READ_LIMIT[format]
  if (document.size > limit) throw new Unreadable('The file is too large for its scanned pages to be read.')
  const source = { open: () => deps.bytes.read(document.blobId, HOUSE, signal), limit }
  let length = reading.pages.reduce((sum, page) => sum + page.length, 0)
  const keep = async (page: number, text: string): Promise<boolean> => {
    const before = reading.pages[page - 1]?.trim() ?? ''
    await keepPage(deps, reading, page, [before, storable(text)].filter(Boolean).join('\n'))
    length += text.length
    return length < MAX_INDEXED
  }
  return recognisePages(deps, { format, source, pages, text: reading.pages.join('\n') }, keep, signal)
}

async function keepPage(deps: Deps, reading: Reading, page: number, text: string): Promise<void> {
  await deps.db.$executeRaw`
    UPDATE "readings" SET "pages"[${page}::int] = ${text}, "recognised" = "recognised" || ${page}::int, "updated_at" = now()
    WHERE "document_id" = ${reading.documentId}::uuid AND "blob_id" = ${reading.blobId}::uuid
      AND NOT (${page}::int = ANY("recognised"))`
}
