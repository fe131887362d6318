import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient, Upload } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { leaveToSweep } from '../../garbage/object-intent.ts'
import { release } from '../../quotas/quota-account.ts'
import { lastWrite } from './adopt-direct.ts'
import { discardParts } from './assemble-parts.ts'
import { UploadUsedError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
}

/**
 * Gives an upload up, with its room and its bytes. Aborting twice is aborting once; a completed upload cannot be aborted.
 * @throws NotFoundError, UploadUsedError, DriverError
 */
export const abortUpload =
  (deps: Deps) =>
  async (uploadId: string, ownerId: string): Promise<void> => {
    const upload = await deps.db.upload.findUnique({ where: { id: uploadId } })
    if (!upload || upload.ownerId !== ownerId) throw new NotFoundError('The upload')
    if (!(await giveUp(deps, upload))) throw new UploadUsedError()
  }

/** @returns whether the upload is given up; false when it was completed meanwhile */
export async function giveUp(deps: Deps, upload: Upload): Promise<boolean> {
  const state = await deps.db.$transaction(async (tx) => {
    const { count } = await tx.upload.updateMany({
      where: { id: upload.id, state: { in: ['PENDING', 'RECEIVING', 'RECEIVED'] } },
      data: { state: 'ABORTED' },
    })
    if (count > 0) await release(tx, upload.ownerId, Number(upload.declaredSize))
    // The address at the service works on until it expires, and may bring the bytes once more.
    if (count > 0 && upload.direct && upload.key)
      await leaveToSweep(tx, { backendId: upload.backendId, key: toObjectKey(upload.key) }, lastWrite(upload))
    return tx.upload.findUniqueOrThrow({ where: { id: upload.id } })
  })
  if (state.state === 'COMMITTED') return false
  await discardParts(deps, upload.id, upload.backendId)
  if (state.key) {
    await (await deps.backends.driverOf(upload.backendId)).delete(toObjectKey(state.key))
    // Only now nothing is left of it; until then the sweep comes back for the bytes.
    await deps.db.upload.updateMany({ where: { id: upload.id, key: state.key }, data: { key: null } })
  }
  return true
}
