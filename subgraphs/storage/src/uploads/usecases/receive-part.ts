import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient, Upload } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { WrongSize } from '../../drivers/driver.errors.ts'
import { mintObjectKey, toObjectKey } from '../../drivers/object-key.ts'
import { leaveToSweep, publishing } from '../../garbage/object-intent.ts'
import { UploadEndedError, UploadMismatchError, UploadTooLongError, UploadUsedError } from '../upload.errors.ts'
import { sizeOfPart } from '../upload-parts.ts'
import type { IncomingBytes } from './receive-upload.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
}

/**
 * Keeps one part of an upload. Parts come in any order and at once; a part that is sent again takes the place of the
 * earlier one.
 * @throws NotFoundError, UploadUsedError, UploadEndedError, UploadTooLongError, UploadMismatchError, DriverError
 */
export const receivePart =
  (deps: Deps) =>
  async (uploadId: string, number: number, incoming: IncomingBytes): Promise<{ number: number; size: number }> => {
    const found = await deps.db.upload.findUnique({ where: { id: uploadId } })
    const { upload, size } = mustTakePart(found, number, deps.now())
    if (incoming.announcedLength !== null) checkLength(incoming.announcedLength, size)
    const key = mintObjectKey(upload.ownerId, upload.documentId, 'upload.part')
    const { backendId } = upload
    const publish = publishing(deps)
    const replaced = await publish(
      { backendId, key },
      async ({ driver, signal, settle }) => {
        await driver.put(key, incoming.body, { size, signal }).catch((error: unknown) => {
          if (error instanceof WrongSize) checkLength(error.got, size)
          throw error
        })
        return deps.db.$transaction(async (tx) => {
          await settle(tx)
          // The row lock makes a part and the putting together of all parts follow each other.
          const [row] = await tx.$queryRaw<{ state: string }[]>`
            SELECT "state"::text FROM "uploads" WHERE "id" = ${upload.id}::uuid FOR UPDATE`
          if (row?.state !== 'PENDING') throw new UploadEndedError()
          const before = await tx.uploadPart.findUnique({ where: { uploadId_number: { uploadId, number } } })
          const superseded = before && toObjectKey(before.key)
          if (superseded) await leaveToSweep(tx, { backendId, key: superseded })
          const data = { key, size: BigInt(size) }
          await tx.uploadPart.upsert({
            where: { uploadId_number: { uploadId, number } },
            create: { uploadId, number, ...data },
            update: data,
          })
          return superseded
        })
      },
      incoming.signal,
    )
    // What cannot be deleted now, the sweep deletes.
    if (replaced) await (await deps.backends.driverOf(backendId)).delete(replaced).catch(() => {})
    return { number, size }
  }

/** The upload, if it takes parts now, and the bytes that this part must have. */
function mustTakePart(upload: Upload | null, number: number, now: number): { upload: Upload; size: number } {
  if (!upload || upload.state === 'ABORTED' || upload.expiresAt.getTime() <= now) throw new UploadEndedError()
  if (upload.state !== 'PENDING') throw new UploadUsedError()
  const size = upload.partSize && sizeOfPart(Number(upload.declaredSize), Number(upload.partSize), number)
  if (!size) throw new NotFoundError('This part of the upload')
  return { upload, size }
}

function checkLength(got: number, expected: number): void {
  if (got > expected) throw new UploadTooLongError()
  if (got < expected) {
    throw new UploadMismatchError(
      `This part has ${expected} bytes, but ${got} arrived. Nothing of it was kept; send it again.`,
    )
  }
}
