import { DomainError } from '@archivolt/kit/errors/domain-error'

export class LastAdminError extends DomainError {
  constructor() {
    super('identity.last_admin', 'This is the last administrator. Make somebody else one first.')
  }
}
