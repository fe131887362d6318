import { DomainError } from '@archivolt/kit/errors/domain-error'

export class UploadUsedError extends DomainError {
  override readonly status = 409
  constructor() {
    super('storage.upload.used', 'The bytes of this upload have arrived already. Complete it, or start a new upload.')
  }
}

export class UploadBusyError extends DomainError {
  override readonly status = 409
  constructor() {
    super('storage.upload.busy', 'Bytes for this upload are arriving in another request right now.')
  }
}

export class UploadEndedError extends DomainError {
  override readonly status = 410
  constructor() {
    super('storage.upload.ended', 'This upload was aborted or has expired. Start a new upload.')
  }
}

export class UploadIncompleteError extends DomainError {
  constructor() {
    super(
      'storage.upload.incomplete',
      'The bytes of this upload have not arrived yet. Send them to the upload address first.',
    )
  }
}

export class UploadMismatchError extends DomainError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.upload.mismatch', message, options)
  }
}

export class UploadTooLongError extends DomainError {
  override readonly status = 413
  constructor() {
    super('storage.upload.too_long', 'More bytes were sent than the upload announced. Nothing was kept.')
  }
}
