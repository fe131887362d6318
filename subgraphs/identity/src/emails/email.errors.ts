import { DomainError } from '@archivolt/kit/errors/domain-error'

/** A link that was never sent, has expired, was used, or was replaced by a newer one: which, is not told. */
export class LinkExpiredError extends DomainError {
  constructor() {
    super('identity.link_expired', 'This link is no longer valid. Ask for a new one.')
  }
}

/** The same for a new account and for an address that has one: its owner learns from the mail which it is. */
export class EmailNotVerifiedError extends DomainError {
  constructor() {
    super('identity.email_not_verified', 'We have sent a mail to this address. Open the link in it to go on.')
  }
}
