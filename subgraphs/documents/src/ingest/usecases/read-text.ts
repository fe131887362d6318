import type { JobContext } from '@archivolt/kit/jobs/job'
import { MAX_INDEXED } from '../../search/search-entry.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import { storable, type Extracted } from '../extract/extracted.ts'
import { formatOf, isCuttable, READ_LIMIT } from '../extract/formats.ts'
import { Unreadable } from '../extract/unreadable.ts'
import type { Reader } from '../reader/reader.ts'
import { runStep, type Complete, type StepDeps } from '../run-step.ts'
import type { StepTask } from '../steps.ts'
import { handOver, skip } from './begin-processing.ts'

interface Deps extends StepDeps {
  bytes: ByteStore
  reader: Reader
}

const MIB = 1024 ** 2

/** Reads the text that is in a file as text, and finds the pages that are pictures. */
export const readText = (deps: Deps) => (task: StepTask, context: JobContext) =>
  runStep(deps)('TEXT', task, context, async (document) => {
    const { read, cut } = await extract(deps, document, context.signal)
    const kept = {
      blobId: task.blobId,
      pages: read.pages.map(storable),
      scanned: read.scanned,
      recognised: [],
      pageCount: read.pageCount,
      ownTitle: read.title === null ? null : storable(read.title).slice(0, 500),
      language: null,
      proposedTitle: null,
      proposedDates: [],
    }
    return {
      ...(cut && { note: cut }),
      async follow(tx) {
        await tx.reading.upsert({
          where: { documentId: document.id },
          create: { documentId: document.id, ...kept },
          update: kept,
        })
        await handOver(tx, 'INDEX', task)
        if (kept.scanned.length > 0) await handOver(tx, 'OCR', task)
        else await skip(tx, ['OCR'], task)
        await tx.document.update({ where: { id: document.id }, data: { step: 'INDEX' } })
      },
    }
  })

async function extract(
  deps: Deps,
  document: Complete,
  signal: AbortSignal,
): Promise<{ read: Extracted; cut: string | null }> {
  const format = formatOf(document.contentType)
  if (!format) return { read: { pages: [], scanned: [], pageCount: null, title: null }, cut: null }
  const limit = READ_LIMIT[format]
  const tooLarge = document.size > limit
  if (tooLarge && !isCuttable(format))
    throw new Unreadable(`The file is too large to be read for its text: more than ${limit / MIB} MiB.`)
  const source = { open: () => deps.bytes.read(document.blobId, HOUSE, signal), limit }
  const read = await deps.reader.one('text', { format, maxCharacters: MAX_INDEXED }, source, signal)
  return { read, cut: tooLarge ? `Only the first ${limit / MIB} MiB were read for their text.` : null }
}
