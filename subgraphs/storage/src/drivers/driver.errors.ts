import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The closed set of what can go wrong with a place for bytes. The foreign error is kept as `cause`. */
export abstract class DriverError extends DomainError {}

export class ObjectNotFound extends DriverError {
  constructor(key: string, options?: { cause?: unknown }) {
    super('storage.object_not_found', `There are no bytes under ${key}.`, options)
  }
}

export class AccessDenied extends DriverError {
  override readonly status = 503
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.access_denied', message, options)
  }
}

/** The user name, password or token is not taken any more: nothing will work until its owner renews it. */
export class CredentialsRefused extends AccessDenied {}

export class QuotaExceeded extends DriverError {
  override readonly status = 507
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.full', message, options)
  }
}

export class BackendUnavailable extends DriverError {
  override readonly status = 503
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.unavailable', message, options)
  }
}

/** The body had another length than its writer declared. The writer's fault, not the place's. */
export class WrongSize extends DriverError {
  /** Bytes that arrived until the difference was certain. */
  readonly got: number
  constructor(expected: number, got: number) {
    super('storage.wrong_size', `${expected} bytes were announced, ${got} arrived.`)
    this.got = got
  }
}

/** The bytes to be written could not be read to their end. Not the place's fault; what the source said is the cause. */
export class SourceFailed extends DriverError {
  constructor(options?: { cause?: unknown }) {
    super('storage.source_failed', 'The bytes stopped arriving before their end. Nothing was kept.', options)
  }
}

/** Bytes are under this key already, and stay as they are. Whether they are the wanted ones is not known from this. */
export class ObjectExists extends DriverError {
  constructor(key: string, options?: { cause?: unknown }) {
    super('storage.object_exists', `There are bytes under ${key} already. They were left as they are.`, options)
  }
}
