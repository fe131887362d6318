import { InvalidInputError } from '@archivolt/kit/errors/domain-error'

/** The longest name file systems keep (POSIX NAME_MAX), so that every download can be saved under its own name. */
const MAX_NAME_BYTES = 255
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u
/** Overrides of writing direction make `gpj.exe` look like `exe.jpg`. */
const BIDI_OVERRIDE = /[\u202A-\u202E\u2066-\u2069]/

/** The file name in NFC. @throws InvalidInputError for a path, a name no disk can keep, or one that deceives */
export function checkFilename(filename: string): string {
  const name = filename.normalize('NFC').trim()
  const refuse = (message: string): never => {
    throw new InvalidInputError('filename', message)
  }
  if (name === '' || name === '.' || name === '..') return refuse('The file needs a name.')
  if (/[/\\]/.test(name)) return refuse('A file name has no "/" and no "\\": give the name alone, without its folder.')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    return refuse(`The file name is too long: at most ${MAX_NAME_BYTES} bytes.`)
  if (CONTROL.test(name) || BIDI_OVERRIDE.test(name) || !name.isWellFormed())
    return refuse('The file name has characters that cannot be shown.')
  return name
}

/** A first title: the file name without its ending. */
export function titleFrom(filename: string): string {
  return filename.replace(/\.[A-Za-z0-9]{1,10}$/, '').trim() || filename
}
