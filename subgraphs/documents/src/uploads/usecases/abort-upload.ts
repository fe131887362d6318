import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { ByteStore, Caller } from '../../storage/byte-store.ts'
import { abortReplacement } from '../../versions/usecases/abort-replacement.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
}

/** Gives up an upload that is not complete: its bytes and its document are gone. @throws NotFoundError, UnavailableError */
export const abortUpload =
  (deps: Deps) =>
  async (documentId: string, viewer: Viewer, as: Caller): Promise<void> => {
    const document = await deps.db.document.findFirst({
      where: { id: documentId, ownerId: viewer.userId, status: 'UPLOADING' },
    })
    if (!document) return abortReplacement(deps)(documentId, viewer.userId, as)
    await deps.bytes.abort(documentId, viewer.userId, as)
    await deps.db.document.deleteMany({ where: { id: documentId, status: 'UPLOADING' } })
  }
