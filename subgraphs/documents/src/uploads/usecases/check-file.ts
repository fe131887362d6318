import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { checkFilename } from '../../documents/document.ts'
import { knownType } from '../../documents/file-types.ts'
import type { DocumentLimits } from '../../limits/limits.ts'
import { UnsupportedTypeError, UploadTooLargeError } from '../upload.errors.ts'

export interface CreateUploadInput {
  filename: string
  contentType: string
  /** Bytes. */
  size: number
  /** What the bytes should hash to; refused on arrival if they do not. */
  sha256?: string | null
}

export interface CheckedFile {
  filename: string
  contentType: string
  size: number
  sha256: string | null
}

const SHA256 = /^[0-9a-f]{64}$/

/** What is announced, in the form the vault keeps. @throws InvalidInputError, UploadTooLargeError, UnsupportedTypeError */
export type CheckFile = (input: CreateUploadInput) => Promise<CheckedFile>

/** Judges a file by what its uploader says of it, and by the limits of the vault. */
export const checkFile =
  (deps: { limits: () => Promise<DocumentLimits> }): CheckFile =>
  async (input) => {
    const filename = checkFilename(input.filename)
    const sha256 = input.sha256?.toLowerCase() ?? null
    if (sha256 !== null && !SHA256.test(sha256))
      throw new InvalidInputError('sha256', 'A SHA-256 is 64 hexadecimal digits.')
    if (input.size < 1) throw new InvalidInputError('size', 'The file is empty.')
    const limits = await deps.limits()
    const contentType = knownType(input.contentType, filename)
    const largest = contentType === 'application/pdf' ? limits.maxPdfSize : limits.maxFileSize
    if (input.size > largest) throw new UploadTooLargeError(largest)
    if (!contentType || !limits.allowedTypes.includes(contentType)) throw new UnsupportedTypeError(input.contentType)
    return { filename, contentType, size: input.size, sha256 }
  }
