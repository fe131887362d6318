import { DomainError } from '@archivolt/kit/errors/domain-error'

export class InvalidCodeError extends DomainError {
  constructor() {
    super('identity.invalid_code', 'This code is wrong, or was used before. Wait for the next one.')
  }
}

export class ChallengeExpiredError extends DomainError {
  constructor() {
    super('identity.challenge_expired', 'This sign-in took too long. Start again with your password.')
  }
}

export class TwoFactorStateError extends DomainError {
  constructor(on: boolean) {
    super(
      'identity.two_factor_state',
      on ? 'Two-factor sign-in is on already. Turn it off first.' : 'Two-factor sign-in is not on.',
    )
  }
}
