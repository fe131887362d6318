import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import { sweepReplacements } from '../../versions/usecases/sweep-replacements.ts'
import type { CompleteUpload } from './complete-upload.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  completeUpload: CompleteUpload
  /** Takes up again what lost its job. */
  resumeSteps: (signal: AbortSignal) => Promise<void>
  log: Logger
  now: () => number
}

/** Storage gives an upload six hours; what is not complete an hour later never will be. */
const UPLOAD_STALE_MS = 7 * 3_600_000
const BATCH = 100

/** Removes documents whose bytes never came, and takes up again those whose job was lost with its worker. */
export const sweepStale =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    await removeNeverUploaded(deps, signal)
    await sweepReplacements(deps)(new Date(deps.now() - UPLOAD_STALE_MS), signal)
    await deps.resumeSteps(signal)
  }

async function removeNeverUploaded(deps: Deps, signal: AbortSignal): Promise<void> {
  const before = new Date(deps.now() - UPLOAD_STALE_MS)
  for (let after: string | undefined; !signal.aborted;) {
    const stale = await deps.db.document.findMany({
      where: { status: 'UPLOADING', createdAt: { lt: before }, ...(after && { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: BATCH,
    })
    for (const { id, ownerId } of stale) {
      try {
        if (await giveUp(deps, id, ownerId)) deps.log.info({ documentId: id }, 'an upload that never came was removed')
        else deps.log.warn({ documentId: id }, 'a document whose completion was cut off is taken in')
      } catch (error) {
        deps.log.warn({ err: error, documentId: id }, 'a stale upload could not be removed; it is tried again')
      }
    }
    if (stale.length < BATCH) return
    after = stale.at(-1)?.id
  }
}

/** @returns false when the bytes are complete after all, and the document is taken in */
async function giveUp(deps: Deps, id: string, ownerId: string): Promise<boolean> {
  try {
    await deps.bytes.abort(id, ownerId, HOUSE)
  } catch (error) {
    // Storage has committed the bytes, and the word of it was lost on its way here.
    if (error instanceof DomainError && error.code === 'storage.upload.used') {
      await deps.completeUpload(id, { userId: ownerId }, HOUSE)
      return false
    }
    if (!(error instanceof NotFoundError)) throw error
  }
  await deps.db.document.deleteMany({ where: { id, status: 'UPLOADING' } })
  return true
}
