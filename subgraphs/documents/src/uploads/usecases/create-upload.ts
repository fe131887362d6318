import type { Viewer } from '@archivolt/kit/identity/identity'
import { v7 as uuidv7 } from 'uuid'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { titleFrom } from '../../documents/document.ts'
import type { ByteStore, Caller, UploadTicket } from '../../storage/byte-store.ts'
import { fromStorage } from '../upload.errors.ts'
import type { CheckFile, CreateUploadInput } from './check-file.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  checkFile: CheckFile
}

export interface CreatedUpload extends UploadTicket {
  /** Of the upload and of its document alike. */
  id: string
  document: Document
}

/**
 * Announces a file: a document that is UPLOADING, and a ticket for its bytes.
 * @throws InvalidInputError, UploadTooLargeError, UnsupportedTypeError, UnavailableError
 */
export const createUpload =
  (deps: Deps) =>
  async (input: CreateUploadInput, viewer: Viewer, as: Caller): Promise<CreatedUpload> => {
    const file = await deps.checkFile(input)
    const id = uuidv7()
    const upload = { id, documentId: id, ownerId: viewer.userId, ...file }
    const ticket = await deps.bytes.begin(upload, as).catch((error: unknown) => {
      throw fromStorage(error)
    })
    // After storage: a ticket without a document expires by itself, a document without a ticket would wait for ever.
    const document = await deps.db.document.create({
      data: {
        id,
        ownerId: viewer.userId,
        title: titleFrom(file.filename),
        filename: file.filename,
        contentType: file.contentType,
        size: file.size,
      },
    })
    return { ...ticket, id, document }
  }
