import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { checkPassword, type PasswordFor, type PasswordPolicy } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { PwnedPasswords } from './pwned-passwords.ts'

export interface ChosenPassword {
  /** A PHC string. */
  hash: string
  /** False when the collection of leaked passwords did not answer: accepted all the same, and noted. */
  checked: boolean
}

/** Judges and hashes a password that somebody chooses. @throws InvalidInputError, RateLimitedError */
export type ChoosePassword = (password: string, about: PasswordFor) => Promise<ChosenPassword>

export const choosePassword =
  (deps: { passwords: Passwords; policy: PasswordPolicy; pwned: PwnedPasswords }): ChoosePassword =>
  async (password, about) => {
    const normal = checkPassword(password, deps.policy, about)
    const known = await deps.pwned.isKnown(normal)
    if (known)
      throw new InvalidInputError(
        about.field,
        'This password was leaked from another service and is tried by attackers. Choose another.',
      )
    return { hash: await deps.passwords.hash(normal), checked: known !== null }
  }
