import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { settle } from '../../quotas/quota-account.ts'
import { adoptDirect } from './adopt-direct.ts'
import { assembleParts } from './assemble-parts.ts'
import { UploadEndedError, UploadIncompleteError, UploadMismatchError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
}

export interface CommittedBlob {
  blobId: string
  size: number
  sha256: string
  contentType: string
}

/**
 * Turns received bytes into a blob with a verified replica, after asking the backend once more that they are there.
 * Completing twice gives the same blob.
 * @throws NotFoundError, UploadIncompleteError, UploadEndedError, UploadMismatchError, DriverError
 */
export const completeUpload =
  (deps: Deps) =>
  async (uploadId: string, ownerId: string): Promise<CommittedBlob> => {
    const upload = await deps.db.upload.findUnique({ where: { id: uploadId } })
    if (!upload || upload.ownerId !== ownerId) throw new NotFoundError('The upload')
    if (upload.state === 'ABORTED') throw new UploadEndedError()
    if (upload.direct && upload.state === 'PENDING')
      return completeUpload(deps)(await adoptDirect(deps, upload), ownerId)
    // Also when an earlier completion died over it: the claim inside waits for no one but a living attempt.
    if (upload.partSize && (upload.state === 'PENDING' || upload.state === 'RECEIVING')) {
      await assembleParts(deps, upload)
      return completeUpload(deps)(uploadId, ownerId)
    }
    if (upload.state === 'PENDING' || upload.state === 'RECEIVING') throw new UploadIncompleteError()
    const facts = { size: Number(upload.size), sha256: upload.sha256 ?? '', contentType: upload.contentType }
    if (upload.state === 'COMMITTED' && upload.blobId) return { blobId: upload.blobId, ...facts }

    const key = toObjectKey(upload.key ?? '')
    const driver = await deps.backends.driverOf(upload.backendId)
    const stored = await driver.stat(key)
    if (stored?.size !== facts.size)
      throw new UploadMismatchError('The bytes that arrived are not in the storage any more. Start a new upload.')

    return deps.db.$transaction(async (tx) => {
      // The row lock makes two completions at once follow each other.
      await tx.$queryRaw`SELECT 1 FROM "uploads" WHERE "id" = ${upload.id}::uuid FOR UPDATE`
      const fresh = await tx.upload.findUniqueOrThrow({ where: { id: upload.id } })
      if (fresh.state === 'COMMITTED' && fresh.blobId) return { blobId: fresh.blobId, ...facts }
      if (fresh.state !== 'RECEIVED') throw new UploadEndedError()
      const blob = await tx.blob.create({
        data: {
          key,
          ownerId: upload.ownerId,
          documentId: upload.documentId,
          filename: upload.filename,
          contentType: upload.contentType,
          size: facts.size,
          sha256: facts.sha256,
          replicas: { create: { backendId: upload.backendId, state: 'VERIFIED', verifiedAt: new Date(deps.now()) } },
        },
      })
      await tx.upload.update({ where: { id: upload.id }, data: { state: 'COMMITTED', blobId: blob.id } })
      await settle(tx, upload.ownerId, Number(upload.declaredSize), facts.size)
      return { blobId: blob.id, ...facts }
    })
  }
