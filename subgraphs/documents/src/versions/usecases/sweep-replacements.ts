import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import type { CompleteUpload } from '../../uploads/usecases/complete-upload.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  completeUpload: CompleteUpload
  log: Logger
}

const BATCH = 100

/** Removes newer files that were announced before `before` and never came; takes in those whose completion was cut off. */
export const sweepReplacements =
  (deps: Deps) =>
  async (before: Date, signal: AbortSignal): Promise<void> => {
    const stale = await deps.db.documentVersion.findMany({
      where: { number: null, createdAt: { lt: before } },
      include: { document: { select: { ownerId: true } } },
      orderBy: { createdAt: 'asc' },
      take: BATCH,
    })
    for (const { id, createdBy, document } of stale) {
      signal.throwIfAborted()
      try {
        await deps.bytes.abort(id, document.ownerId, HOUSE)
        await deps.db.documentVersion.deleteMany({ where: { id, number: null } })
      } catch (error) {
        if (error instanceof NotFoundError) await deps.db.documentVersion.deleteMany({ where: { id, number: null } })
        else if (error instanceof DomainError && error.code === 'storage.upload.used')
          await deps.completeUpload(id, { userId: createdBy }, HOUSE).catch(() => {})
        else deps.log.warn({ err: error, versionId: id }, 'a stale upload could not be removed; it is tried again')
      }
    }
  }
