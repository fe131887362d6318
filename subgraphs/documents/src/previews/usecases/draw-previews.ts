import type { JobContext } from '@archivolt/kit/jobs/job'
import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import { formatOf, isDrawable, READ_LIMIT } from '../../ingest/extract/formats.ts'
import { Unreadable } from '../../ingest/extract/unreadable.ts'
import type { PreviewImage } from '../../ingest/reader/protocol.ts'
import type { Reader } from '../../ingest/reader/reader.ts'
import { runStep, type Complete, type StepDeps } from '../../ingest/run-step.ts'
import type { StepTask } from '../../ingest/steps.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'

interface Deps extends StepDeps {
  bytes: ByteStore
  objects: ObjectStore
  reader: Reader
  /** Pages that are drawn of one document at most, beside its thumbnail. */
  maxPages: number
}

/** Draws a document's first pages and keeps them as pictures; what was drawn of earlier bytes goes. */
export const drawPreviews = (deps: Deps) => (task: StepTask, context: JobContext) =>
  runStep(deps)('PREVIEW', task, context, async (document) => {
    const format = formatOf(document.contentType)
    if (!isDrawable(format)) return { follow: async () => {} }
    if (document.size > READ_LIMIT[format]) throw new Unreadable('The file is too large for its pages to be drawn.')
    const source = { open: () => deps.bytes.read(task.blobId, HOUSE, context.signal), limit: READ_LIMIT[format] }
    let last = -1
    for await (const image of deps.reader.run('previews', { format, pages: deps.maxPages }, source, context.signal)) {
      await keep(deps, document, image, context.signal)
      last = Math.max(last, image.page)
    }
    if (last < 0) throw new Unreadable('No page of the file can be drawn.')
    await removeOthers(deps, document, last)
    return { follow: async () => {} }
  })

async function keep(deps: Deps, document: Complete, image: PreviewImage, signal: AbortSignal): Promise<void> {
  const { page, width, height } = image
  // A name of its own for each file of a document: what is drawn of a new one never takes the place of an old one half-way.
  const object = `${document.id}/${document.blobId}/${page}.webp`
  const kept = await deps.objects.put({ bucket: 'previews', name: object }, Buffer.from(image.webp), {
    contentType: 'image/webp',
    owner: { userId: document.ownerId, documentId: document.id },
    signal,
  })
  const drawn = { sourceId: document.blobId, blobId: kept.blobId, object, width, height }
  try {
    await deps.db.preview.upsert({
      where: { documentId_page: { documentId: document.id, page } },
      create: { documentId: document.id, page, ...drawn },
      update: drawn,
    })
  } catch (error) {
    // Deleted for good in the meantime: nothing else would ever remove this picture.
    const there = await deps.db.document.count({ where: { id: document.id } })
    if (there === 0) await deps.objects.delete({ bucket: 'previews', name: object })
    throw error
  }
}

/** Pictures of earlier bytes, and of pages beyond the last: the pictures first, so that a row never names what is gone for long. */
async function removeOthers(deps: Deps, document: Complete, last: number): Promise<void> {
  await deps.db.preview.deleteMany({
    where: { documentId: document.id, OR: [{ page: { gt: last } }, { sourceId: { not: document.blobId } }] },
  })
  const current = `${document.id}/${document.blobId}/`
  await removeObjects(deps.objects, document.id, (name) => !name.startsWith(current) || pageIn(name) > last)
}

const pageIn = (name: string): number => Number(/\/(\d+)\.webp$/.exec(name)?.[1] ?? 0)

/** Removes a document's pictures from storage. Safe to repeat. @throws UnavailableError */
export async function removeObjects(
  objects: ObjectStore,
  documentId: string,
  which: (name: string) => boolean = () => true,
): Promise<void> {
  let after: string | undefined
  do {
    const page = await objects.list('previews', { prefix: `${documentId}/`, after, first: 1000 })
    for (const { name } of page.objects) if (which(name)) await objects.delete({ bucket: 'previews', name })
    after = page.next ?? undefined
  } while (after !== undefined)
}
