import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { isCommonPassword } from './common-passwords.ts'

export const CLASSES = ['upper', 'lower', 'digit', 'special'] as const
export type CharacterClass = (typeof CLASSES)[number]

export interface PasswordPolicy {
  /** Least characters where the password is the only factor. */
  minLength: number
  /** Least characters beside a second factor. */
  minLengthWithSecondFactor: number
  /** Characters of which kinds there must be. */
  require: readonly CharacterClass[]
  /** Words that no password may contain, in lower case. */
  forbiddenWords: readonly string[]
}

export interface PasswordFor {
  /** The input field that it came from. */
  field: string
  secondFactor: boolean
  /** What others know of the person: address, name. */
  known?: readonly string[]
}

/** NIST SP 800-63B-4 asks for at least 64; nothing is ever cut. */
export const MAX_PASSWORD = 128
/** Shorter words are part of too many others. */
const MIN_CONTEXT_WORD = 4
const MIN_DIFFERENT = 5

const PATTERNS: Record<CharacterClass, { pattern: RegExp; name: string }> = {
  // Letters of scripts that know no case count as both.
  upper: { pattern: /[\p{Lu}\p{Lt}\p{Lo}]/u, name: 'an upper-case letter' },
  lower: { pattern: /[\p{Ll}\p{Lo}]/u, name: 'a lower-case letter' },
  digit: { pattern: /\p{N}/u, name: 'a digit' },
  special: { pattern: /[^\p{L}\p{M}\p{N}]/u, name: 'a special character' },
}

/**
 * The password in the form that is hashed: NFC, so that the same one typed on two keyboards is the same bytes (NIST
 * SP 800-63B-4, 3.1.1.2), and otherwise as it was typed, spaces at the ends included.
 * @throws InvalidInputError with a sentence that says all that is missing
 */
export function checkPassword(password: string, policy: PasswordPolicy, about: PasswordFor): string {
  const normal = checkLength(password, policy, about)
  const missing = policy.require.filter((kind) => !PATTERNS[kind].pattern.test(normal))
  if (missing.length)
    throw new InvalidInputError(about.field, `Add ${missing.map((kind) => PATTERNS[kind].name).join(' and ')}.`)
  const lower = normal.toLowerCase()
  const word = [...policy.forbiddenWords, ...contextWords(about.known ?? [])].find((each) => lower.includes(each))
  if (word !== undefined)
    throw new InvalidInputError(about.field, `Choose a password without “${word}”: it is too easy to guess.`)
  if (new Set(normal).size < MIN_DIFFERENT || isCommonPassword(normal))
    throw new InvalidInputError(about.field, 'Many people use this password. Choose one that is your own.')
  return normal
}

/** The length alone. @returns the NFC form @throws InvalidInputError */
export function checkLength(password: string, policy: PasswordPolicy, about: PasswordFor): string {
  const least = about.secondFactor ? policy.minLengthWithSecondFactor : policy.minLength
  const normal = password.normalize('NFC')
  const length = [...normal].length
  if (length < least) throw new InvalidInputError(about.field, `Choose a password of at least ${least} characters.`)
  if (length > MAX_PASSWORD)
    throw new InvalidInputError(about.field, `Choose a password of at most ${MAX_PASSWORD} characters.`)
  return normal
}

function contextWords(known: readonly string[]): string[] {
  return known
    .map((text) => text.normalize('NFC').toLowerCase().split('@')[0] ?? '')
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => [...word].length >= MIN_CONTEXT_WORD)
}
