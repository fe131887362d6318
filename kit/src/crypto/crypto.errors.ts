import { DomainError } from '../errors/domain-error.ts'

/** Sealed text does not open: another key, another owner or field, or changed bytes. Which of them is not told apart. */
export class CannotOpenError extends DomainError {
  constructor() {
    super(
      'crypto.cannot_open',
      'What was stored encrypted cannot be opened. Enter it again, or ask an administrator to restore the master key.',
    )
  }
}

/** The master key of the environment is not the one that this installation's secrets are sealed with. */
export class WrongMasterKeyError extends DomainError {
  constructor() {
    super(
      'crypto.wrong_master_key',
      'The master key is not the one that stored credentials were encrypted with. Start again with that key; ' +
        'to change it, keep the old one beside it as the previous key until everything is encrypted anew.',
    )
  }
}

/** A text that is no master key. It is never repeated: it may be one with a slip in it. */
export class BadMasterKeyError extends DomainError {
  constructor() {
    super(
      'crypto.bad_master_key',
      'must be exactly 32 bytes, as 64 hexadecimal digits or as base64; `openssl rand -base64 32` prints one',
    )
  }
}
