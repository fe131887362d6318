import { DomainError } from '@archivolt/kit/errors/domain-error'

export class UploadTooLargeError extends DomainError {
  /** Bytes. */
  readonly limit: number
  constructor(limit: number) {
    super(
      'documents.upload.too_large',
      `The file is larger than this vault takes in (${Math.floor(limit / 1024 ** 2)} MiB).`,
    )
    this.limit = limit
  }
}

export class UnsupportedTypeError extends DomainError {
  constructor(type: string) {
    const shown = /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(type) ? ` (${type})` : ''
    super(
      'documents.upload.unsupported_type',
      `This vault does not take in files of this type${shown}. Ask an administrator to allow it.`,
    )
  }
}

export class UploadIncompleteError extends DomainError {
  constructor() {
    super(
      'documents.upload.incomplete',
      'The file has not arrived yet. Send its bytes to the upload address, then complete it.',
    )
  }
}

export class QuotaExceededError extends DomainError {}

export class UploadMismatchError extends DomainError {}

/** What storage's refusals mean to the person who uploads. */
export function fromStorage(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error
  if (error.code === 'storage.quota_exceeded') {
    return new QuotaExceededError('documents.upload.quota_exceeded', error.message, { cause: error })
  }
  if (error.code === 'storage.upload.incomplete') return new UploadIncompleteError()
  if (error.code.startsWith('storage.upload.'))
    return new UploadMismatchError(error.code.replace('storage', 'documents'), error.message, { cause: error })
  return error
}
