import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { v7 as uuidv7 } from 'uuid'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { checkFilename, titleFrom } from '../../documents/document.ts'
import { knownType } from '../../documents/file-types.ts'
import type { ByteStore, Caller, UploadTicket } from '../../storage/byte-store.ts'
import { fromStorage, UnsupportedTypeError, UploadTooLargeError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  bytes: ByteStore
  maxFileSize: number
}

export interface CreateUploadInput {
  filename: string
  contentType: string
  /** Bytes. */
  size: number
  /** What the bytes should hash to; refused on arrival if they do not. */
  sha256?: string | null
}

export interface CreatedUpload extends UploadTicket {
  /** Of the upload and of its document alike. */
  id: string
  document: Document
}

const SHA256 = /^[0-9a-f]{64}$/

/**
 * Announces a file: a document that is UPLOADING, and a ticket for its bytes.
 * @throws InvalidInputError, UploadTooLargeError, UnsupportedTypeError, UnavailableError
 */
export const createUpload =
  (deps: Deps) =>
  async (input: CreateUploadInput, viewer: Viewer, as: Caller): Promise<CreatedUpload> => {
    const filename = checkFilename(input.filename)
    const sha256 = input.sha256?.toLowerCase() ?? null
    if (sha256 !== null && !SHA256.test(sha256))
      throw new InvalidInputError('sha256', 'A SHA-256 is 64 hexadecimal digits.')
    if (input.size < 1) throw new InvalidInputError('size', 'The file is empty.')
    if (input.size > deps.maxFileSize) throw new UploadTooLargeError(deps.maxFileSize)
    const contentType = knownType(input.contentType, filename)
    if (!contentType) throw new UnsupportedTypeError(input.contentType)

    const id = uuidv7()
    const upload = { id, documentId: id, ownerId: viewer.userId, filename, contentType, size: input.size, sha256 }
    const ticket = await deps.bytes.begin(upload, as).catch((error: unknown) => {
      throw fromStorage(error)
    })
    // After storage: a ticket without a document expires by itself, a document without a ticket would wait for ever.
    const document = await deps.db.document.create({
      data: {
        id,
        ownerId: viewer.userId,
        title: titleFrom(filename),
        filename,
        contentType,
        size: input.size,
      },
    })
    return { ...ticket, id, document }
  }
