import { DomainError } from '@archivolt/kit/errors/domain-error'
import { AccessDenied } from '../drivers/driver.errors.ts'
import { PROVIDER_NAMES, type Provider } from './connection.ts'

/** The operator has not registered this vault with the provider. */
export class CloudNotConfiguredError extends DomainError {
  constructor(provider: Provider, variables: string) {
    super(
      'storage.connection.not_configured',
      `This vault is not registered with ${PROVIDER_NAMES[provider]} yet. An administrator must set ${variables}.`,
    )
  }
}

/** The account cannot be used as it is; the sentence says what to do about it. */
export class CloudUnusableError extends DomainError {}

/** What was begun is over, or was begun elsewhere. */
export class AuthorizationEndedError extends DomainError {
  constructor() {
    super(
      'storage.connection.authorization_ended',
      'This way to the account has ended, or was begun in another session. Connect the account again.',
    )
  }
}

export class TooManyConnectionsError extends DomainError {
  constructor(most: number) {
    super(
      'storage.connection.too_many',
      `You have ${most} connections already. Disconnect one you no longer need first.`,
    )
  }
}

export class CloudConnectionInUseError extends DomainError {
  readonly documents: number
  constructor(documents: number) {
    super(
      'storage.connection.in_use',
      documents > 0
        ? `${documents === 1 ? 'One document lives' : `${documents} documents live`} in this account. Download what you want to keep, delete them here (also from the trash), and disconnect it then.`
        : 'Files of this vault are still on their way to or from this account. Try again in a few minutes.',
    )
    this.documents = documents
  }
}

/** An account that has stopped letting the vault in. Nothing is lost: connecting it again brings its documents back. */
export class ConnectionBroken extends AccessDenied {
  constructor(provider: Provider) {
    super(
      `This document lies in an account at ${PROVIDER_NAMES[provider]} that does not let the vault in any more. ` +
        'Its owner can open it again by connecting the account once more.',
    )
  }
}
