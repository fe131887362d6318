import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { UploadUsedError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
}

/**
 * Gives an upload up and removes its bytes. Aborting twice is aborting once; a completed upload cannot be aborted.
 * @throws NotFoundError, UploadUsedError, DriverError
 */
export const abortUpload =
  (deps: Deps) =>
  async (uploadId: string, ownerId: string): Promise<void> => {
    const upload = await deps.db.upload.findUnique({ where: { id: uploadId } })
    if (!upload || upload.ownerId !== ownerId) throw new NotFoundError('The upload')
    const { count } = await deps.db.upload.updateMany({
      where: { id: upload.id, state: { not: 'COMMITTED' } },
      data: { state: 'ABORTED' },
    })
    if (count === 0) throw new UploadUsedError()
    if (upload.key) await (await deps.backends.driverOf(upload.backendId)).delete(toObjectKey(upload.key))
  }
