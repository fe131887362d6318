import type { Readable } from 'node:stream'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient, Upload } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { WrongSize } from '../../drivers/driver.errors.ts'
import { mintObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import { publishing } from '../../garbage/object-intent.ts'
import { hashingStream } from '../hashing-stream.ts'
import {
  UploadBusyError,
  UploadEndedError,
  UploadMismatchError,
  UploadTooLongError,
  UploadUsedError,
} from '../upload.errors.ts'

/** An attempt that has not renewed its lease for this long is dead, and another may begin. */
const LEASE_MS = 30_000
const RENEW_MS = 10_000

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
}

export interface IncomingBytes {
  body: Readable
  /** From the `content-length` header, when there is one. */
  announcedLength: number | null
  signal: AbortSignal
}

export interface ReceivedBytes {
  size: number
  sha256: string
}

/**
 * Streams the bytes of an upload to its backend, knowing size and hash from the stream itself. Until this resolves
 * nothing is readable; a failed attempt leaves the upload as it was, and may be repeated with the same ticket.
 * @throws UploadUsedError, UploadBusyError, UploadEndedError, UploadTooLongError, UploadMismatchError, DriverError
 */
export const receiveUpload =
  (deps: Deps) =>
  async (uploadId: string, incoming: IncomingBytes): Promise<ReceivedBytes> => {
    const { upload, key } = await claim(deps, uploadId)
    const renewal = setInterval(() => void renew(deps, upload.id, key), RENEW_MS)
    const declared = Number(upload.declaredSize)
    try {
      if (incoming.announcedLength !== null && incoming.announcedLength > declared) throw new UploadTooLongError()
      if (incoming.announcedLength !== null && incoming.announcedLength < declared)
        throw tooShort(declared, incoming.announcedLength)
      const hashing = hashingStream(incoming.body)
      const place = { backendId: upload.backendId, key }
      return await publishing(deps)(
        place,
        async ({ driver, signal, settle }) => {
          const { size } = await driver.put(key, hashing.stream, { size: declared, signal })
          const sha256 = hashing.digest()
          if (upload.declaredSha256 && upload.declaredSha256 !== sha256) {
            throw new UploadMismatchError(
              'The bytes that arrived are not the announced ones: their SHA-256 differs. Nothing was kept.',
            )
          }
          await deps.db.$transaction(async (tx) => {
            await settle(tx)
            const { count } = await tx.upload.updateMany({
              where: { id: upload.id, key, state: 'RECEIVING' },
              data: { state: 'RECEIVED', size, sha256, leaseUntil: null },
            })
            if (count === 0) throw new UploadEndedError()
          })
          return { size, sha256 }
        },
        incoming.signal,
      )
    } catch (error) {
      await release(deps, upload.id, key)
      if (error instanceof WrongSize)
        throw error.got > declared ? new UploadTooLongError() : tooShort(declared, error.got)
      throw error
    } finally {
      clearInterval(renewal)
    }
  }

/** Takes the upload for one attempt with a key of its own, so that a dead attempt can never write into a living one. */
async function claim(deps: Deps, uploadId: string): Promise<{ upload: Upload; key: ObjectKey }> {
  const upload = await deps.db.upload.findUnique({ where: { id: uploadId } })
  if (!upload || upload.direct || upload.state === 'ABORTED' || upload.expiresAt.getTime() <= deps.now())
    throw new UploadEndedError()
  if (upload.state === 'RECEIVED' || upload.state === 'COMMITTED') throw new UploadUsedError()
  const key = mintObjectKey(upload.ownerId, upload.documentId, upload.filename)
  const { count } = await deps.db.upload.updateMany({
    where: {
      id: upload.id,
      OR: [{ state: 'PENDING' }, { state: 'RECEIVING', leaseUntil: { lt: new Date(deps.now()) } }],
    },
    data: { state: 'RECEIVING', key, leaseUntil: new Date(deps.now() + LEASE_MS) },
  })
  if (count === 0) throw new UploadBusyError()
  return { upload, key }
}

async function renew(deps: Deps, id: string, key: ObjectKey): Promise<void> {
  try {
    await deps.db.upload.updateMany({
      where: { id, key, state: 'RECEIVING' },
      data: { leaseUntil: new Date(deps.now() + LEASE_MS) },
    })
  } catch (error) {
    deps.log.warn({ err: error }, 'the lease of an upload could not be renewed')
  }
}

async function release(deps: Deps, id: string, key: ObjectKey): Promise<void> {
  try {
    await deps.db.upload.updateMany({
      where: { id, key, state: 'RECEIVING' },
      data: { state: 'PENDING', leaseUntil: null },
    })
  } catch (error) {
    // The lease runs out by itself; until then a repeated attempt is told to wait.
    deps.log.warn({ err: error }, 'an upload could not be released')
  }
}

function tooShort(declared: number, got: number): UploadMismatchError {
  return new UploadMismatchError(
    `The upload announced ${declared} bytes, but ${got} arrived. Nothing was kept; send the file again.`,
  )
}
