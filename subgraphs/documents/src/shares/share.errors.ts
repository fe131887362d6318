import { DomainError } from '@archivolt/kit/errors/domain-error'

/** One answer for a link that never was, has ended, was revoked or used up: a stranger learns nothing by trying. */
export class LinkNotFoundError extends DomainError {
  override readonly status = 404
  constructor() {
    super('documents.link.not_found', 'This link does not work, or does not work any more.')
  }
}

export class LinkPasswordError extends DomainError {
  constructor(given: boolean) {
    super(
      'documents.link.password',
      given ? 'The password is not right.' : 'This link has a password. Ask whoever sent it to you.',
    )
  }
}
