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

/** Not a failure: the password was right, and the second factor is asked for next. */
export class TwoFactorRequired extends Error {
  readonly challengeId: string
  constructor(challengeId: string) {
    super('two-factor required')
    this.challengeId = challengeId
  }
}
