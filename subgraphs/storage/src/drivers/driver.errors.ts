import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The closed set of what can go wrong with a place for bytes. The foreign error is kept as `cause`. */
export abstract class DriverError extends DomainError {}

export class ObjectNotFound extends DriverError {
  constructor(key: string, options?: { cause?: unknown }) {
    super('storage.object_not_found', `There are no bytes under ${key}.`, options)
  }
}

export class AccessDenied extends DriverError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.access_denied', message, options)
  }
}

export class QuotaExceeded extends DriverError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('storage.full', message, options)
  }
}

export class BackendUnavailable extends DriverError {
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
