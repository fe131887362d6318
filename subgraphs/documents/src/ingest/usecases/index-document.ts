import type { JobContext } from '@archivolt/kit/jobs/job'
import type { Reading } from '../../../prisma/client/client.ts'
import { upsertSearchEntry } from '../../search/search-entry.ts'
import type { Proposals } from '../propose/propose.ts'
import type { Reader } from '../reader/reader.ts'
import { runStep, type Complete, type StepDeps } from '../run-step.ts'
import type { StepTask } from '../steps.ts'

interface Deps extends StepDeps {
  reader: Reader
}

/** Kinds of files that are records, not prose. */
const RECORDS = /^(text\/csv|application\/(json|yaml|xml)|application\/.*(spreadsheet|spreadsheetml\.sheet))$/

/**
 * Makes a document findable by what has been read of it so far, and proposes what its content suggests. It is READY
 * once no scanned page is left.
 */
export const indexDocument = (deps: Deps) => (task: StepTask, context: JobContext) =>
  runStep(deps)('INDEX', task, context, async (document) => {
    const found = await deps.db.reading.findUnique({ where: { documentId: document.id } })
    const reading = found?.blobId === task.blobId ? found : null
    const text = reading?.pages.join('\n\n') ?? ''
    const proposals = reading ? await proposalsFor(deps, document, reading, text, context) : null
    return {
      async follow(tx) {
        await upsertSearchEntry(tx, document, text)
        if (proposals)
          await tx.reading.update({
            where: { documentId: document.id },
            data: {
              language: proposals.language,
              proposedTitle: proposals.title,
              proposedDates: proposals.dates.map((day) => new Date(`${day}T00:00:00Z`)),
            },
          })
        const scans = await tx.processingStep.findUnique({
          where: { documentId_step: { documentId: document.id, step: 'OCR' } },
        })
        const waits = scans?.state === 'WAITING' || scans?.state === 'RUNNING'
        await tx.document.updateMany({
          where: { id: document.id, status: 'PROCESSING' },
          data: waits ? { step: 'OCR' } : { status: 'READY', step: null, failure: null },
        })
      },
    }
  })

/** A guess that cannot be made is none: it is no reason for a document not to be found. */
async function proposalsFor(
  deps: Deps,
  document: Complete,
  reading: Reading,
  text: string,
  context: JobContext,
): Promise<Proposals | null> {
  try {
    const prose = !RECORDS.test(document.contentType)
    const subject = { text: text.slice(0, 20_000), title: reading.ownTitle, filename: document.filename, prose }
    return await deps.reader.one('propose', subject, null, context.signal)
  } catch (error) {
    context.signal.throwIfAborted()
    context.log.warn({ err: error, documentId: document.id }, 'nothing could be proposed for a document')
    return null
  }
}
