import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { v7 as uuidv7 } from 'uuid'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { requireDocument, type Actor } from '../../documents/access.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import type { ByteStore, Caller, UploadTicket } from '../../storage/byte-store.ts'
import type { CheckFile, CreateUploadInput } from '../../uploads/usecases/check-file.ts'
import { fromStorage } from '../../uploads/upload.errors.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  checkFile: CheckFile
}

export interface Replacement extends UploadTicket {
  /** Of the upload, and of the version it becomes. */
  id: string
  document: Document
}

/** Of one document; older ones may be removed by purging it alone. */
const MAX_VERSIONS = 1_000

/**
 * Announces a newer file for a document, as `createUpload` announces a first one. The document stays what it is until
 * the upload is complete. The room it takes is the owner's.
 * @throws NotFoundError, NotAllowedError, InTrashError, InvalidInputError, UploadTooLargeError, UnsupportedTypeError,
 *   QuotaExceededError, UnavailableError
 */
export const replaceFile =
  (deps: Deps) =>
  async (documentId: string | null, input: CreateUploadInput, actor: Actor, as: Caller): Promise<Replacement> => {
    const document = await requireDocument(deps.db, actor.access, documentId, 'EDIT')
    if (document.trashedAt) throw new InTrashError()
    if (document.status === 'UPLOADING')
      throw new InvalidInputError('id', 'The first file of the document has not arrived yet.')
    if ((await deps.db.documentVersion.count({ where: { documentId: document.id } })) >= MAX_VERSIONS)
      throw new InvalidInputError('id', `A document has at most ${MAX_VERSIONS} versions.`)
    const file = await deps.checkFile(input)
    const id = uuidv7()
    const upload = { id, documentId: document.id, ownerId: document.ownerId, ...file }
    const ticket = await deps.bytes.begin(upload, as).catch((error: unknown) => {
      throw fromStorage(error)
    })
    const { filename, contentType, size } = file
    await deps.db.documentVersion.create({
      data: { id, documentId: document.id, filename, contentType, size, createdBy: actor.access.userId },
    })
    return { ...ticket, id, document }
  }
