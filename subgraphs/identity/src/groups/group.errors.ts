import { DomainError } from '@archivolt/kit/errors/domain-error'

export class GroupNameTakenError extends DomainError {
  constructor() {
    super('identity.group.name_taken', 'There is a group of this name already.')
  }
}

export class GroupProtectedError extends DomainError {
  constructor() {
    super(
      'identity.group.protected',
      'The vault made this group for the administrators of a feature; it stays as it is.',
    )
  }
}
