import type { Readable } from 'node:stream'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Blob, PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { BackendUnavailable } from '../../drivers/driver.errors.ts'
import type { ByteRange } from '../../drivers/driver.ts'
import { toObjectKey } from '../../drivers/object-key.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
}

export interface OpenBlob {
  /** The facts of a blob. @throws NotFoundError */
  find(blobId: string): Promise<Blob>
  /** Its bytes, from the first verified replica that gives them. @throws BackendUnavailable when none does */
  read(blob: Blob, options: { range?: ByteRange; signal?: AbortSignal }): Promise<Readable>
}

/** Reading blobs: where the bytes are is a fact of the blob, so any verified replica serves. */
export const openBlob = (deps: Deps): OpenBlob => ({
  async find(blobId) {
    const blob = await deps.db.blob.findUnique({ where: { id: blobId } })
    if (!blob) throw new NotFoundError('The file')
    return blob
  },
  async read(blob, options) {
    const replicas = await deps.db.replica.findMany({
      where: { blobId: blob.id, state: 'VERIFIED' },
      orderBy: { verifiedAt: 'desc' },
    })
    let last: unknown
    for (const replica of replicas) {
      try {
        const driver = await deps.backends.driverOf(replica.backendId)
        return await driver.get(toObjectKey(blob.key), options)
      } catch (error) {
        options.signal?.throwIfAborted()
        deps.log.error({ err: error, blobId: blob.id, backendId: replica.backendId }, 'a replica could not be read')
        last = error
      }
    }
    throw new BackendUnavailable(
      'The file cannot be read from any place right now. Ask your administrator to look at the storage.',
      { cause: last },
    )
  },
})
