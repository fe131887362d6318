import type { JobContext } from '@archivolt/kit/jobs/job'
import { ALLOWED_TYPES } from '../../documents/file-types.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import { formatOf, isDrawable } from '../extract/formats.ts'
import { SNIFF_BYTES } from '../extract/sniff-type.ts'
import { Unreadable } from '../extract/unreadable.ts'
import type { Reader } from '../reader/reader.ts'
import { runStep, type StepDeps } from '../run-step.ts'
import type { StepTask } from '../steps.ts'
import { handOver, skip } from './begin-processing.ts'

interface Deps extends StepDeps {
  bytes: ByteStore
  reader: Reader
}

const UNKNOWN = 'application/octet-stream'

/**
 * Finds out by its bytes what a file really is. One that is of another kind than its name says goes by what it is;
 * one that is of no kind it could be is kept and not read.
 */
export const verifyDocument = (deps: Deps) => (task: StepTask, context: JobContext) =>
  runStep(deps)('VERIFY', task, context, async (document) => {
    const said = { contentType: document.contentType, filename: document.filename }
    const source = { open: () => deps.bytes.read(task.blobId, HOUSE, context.signal), limit: SNIFF_BYTES }
    const seen = await deps.reader.one('type', said, source, context.signal)
    const type = decideType(document.contentType, seen)
    const format = formatOf(type)
    return {
      ...(type !== document.contentType && { note: `It was sent as ${document.contentType}, but is ${type}.` }),
      async follow(tx) {
        await tx.document.update({
          where: { id: document.id },
          data: { contentType: type, step: format ? 'TEXT' : 'INDEX' },
        })
        if (isDrawable(format)) await handOver(tx, 'PREVIEW', task)
        else await skip(tx, ['PREVIEW'], task)
        if (format) return handOver(tx, 'TEXT', task)
        await tx.reading.deleteMany({ where: { documentId: document.id } })
        await skip(tx, ['TEXT', 'OCR'], task)
        await handOver(tx, 'INDEX', task)
      },
    }
  })

/** @throws Unreadable when the bytes belie the type and give no other that is taken in */
export function decideType(said: string, seen: string): string {
  if (seen === said) return said
  if (seen !== UNKNOWN && ALLOWED_TYPES.includes(seen)) return seen
  // Nothing is done with what is inside: it is kept as what it is called.
  if (formatOf(said) === null) return said
  throw new Unreadable(`The file is not what it is called: it was sent as ${said}, and its content is not that.`)
}
