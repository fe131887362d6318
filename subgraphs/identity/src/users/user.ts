import { InvalidInputError } from '@archivolt/kit/errors/domain-error'

/** RFC 5321, 4.5.3.1.3: a path of 256 characters includes two angle brackets. */
const MAX_EMAIL = 254
const EMAIL = /^[^\s@<>()",:;\\]+@[^\s@<>()",:;\\]+\.[^\s@<>()",:;\\]+$/
const MAX_NAME = 120
/** Line breaks and control characters would let a name forge mail headers and log lines. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** The form in which addresses are stored and compared. @throws InvalidInputError */
export function normalizeEmail(email: string): string {
  const normal = email.normalize('NFC').trim().toLowerCase()
  if (normal.length > MAX_EMAIL || !EMAIL.test(normal) || CONTROL.test(normal)) {
    throw new InvalidInputError('email', 'This is not an email address.')
  }
  return normal
}

/** @throws InvalidInputError */
export function normalizeName(name: string): string {
  const normal = name.normalize('NFC').trim()
  if (normal === '') throw new InvalidInputError('name', 'Tell us your name.')
  if ([...normal].length > MAX_NAME || CONTROL.test(normal)) {
    throw new InvalidInputError('name', `A name has at most ${MAX_NAME} characters and no line breaks.`)
  }
  return normal
}
