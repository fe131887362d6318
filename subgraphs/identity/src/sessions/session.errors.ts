import { DomainError } from '@archivolt/kit/errors/domain-error'

export class InvalidCredentialsError extends DomainError {
  constructor() {
    super('identity.invalid_credentials', 'The email address or the password is wrong.')
  }
}

export class SessionEndedError extends DomainError {
  constructor() {
    super('identity.session_ended', 'Your session has ended. Sign in again.')
  }
}
