import { DomainError } from '@archivolt/kit/errors/domain-error'

export class EmailTakenError extends DomainError {
  constructor() {
    super('identity.email_taken', 'An account with this email address exists already. Sign in instead.')
  }
}

export class RegistrationClosedError extends DomainError {
  constructor() {
    super('identity.registration_closed', 'New accounts are made by an administrator here.')
  }
}
