import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { ByteStore, Caller } from '../../storage/byte-store.ts'

/** Gives up a newer file that is not complete; the document stays as it is. @throws NotFoundError, UnavailableError */
export const abortReplacement =
  (deps: { db: PrismaClient; bytes: ByteStore }) =>
  async (versionId: string, userId: string, as: Caller): Promise<void> => {
    const version = await deps.db.documentVersion.findFirst({
      where: { id: versionId, createdBy: userId, number: null },
      include: { document: { select: { ownerId: true } } },
    })
    if (!version) throw new NotFoundError('The upload')
    await deps.bytes.abort(versionId, version.document.ownerId, as)
    await deps.db.documentVersion.deleteMany({ where: { id: versionId, number: null } })
  }
