import { InvalidInputError } from '@archivolt/kit/errors/domain-error'

/* What people write about their documents is shown to others, in lists and mails: no line breaks in names, no characters
   that turn the writing around or cannot be kept. Markup is text like any other; whoever draws it escapes it. */

// eslint-disable-next-line no-control-regex -- NUL is what PostgreSQL's text cannot hold
const NUL = /\u0000/
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u
const BIDI_OVERRIDE = /[\u202A-\u202E\u2066-\u2069]/

/** A name on one line, in NFC, spaces folded. @throws InvalidInputError when empty, too long, or not to be shown */
export function checkName(field: string, text: string, most: number): string {
  if (text.length > most * 4) throw new InvalidInputError(field, `At most ${most} characters.`)
  const name = text
    .normalize('NFC')
    .trim()
    .replace(/[ \t]+/g, ' ')
  if (name === '') throw new InvalidInputError(field, 'It needs a name.')
  if ([...name].length > most) throw new InvalidInputError(field, `At most ${most} characters.`)
  if (CONTROL.test(name) || BIDI_OVERRIDE.test(name) || !name.isWellFormed())
    throw new InvalidInputError(field, 'It has characters that cannot be shown.')
  return name
}

/** Text of several lines, in NFC. @throws InvalidInputError when too long or not to be kept */
export function checkText(field: string, text: string, most: number): string {
  if (text.length > most) throw new InvalidInputError(field, `At most ${most} characters.`)
  const kept = text.normalize('NFC').replace(/\r\n?/g, '\n')
  if (NUL.test(kept) || BIDI_OVERRIDE.test(kept) || !kept.isWellFormed())
    throw new InvalidInputError(field, 'It has characters that cannot be kept.')
  return kept
}
