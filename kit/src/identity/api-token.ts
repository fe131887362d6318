import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const PREFIX = 'avt_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM = 30
const CHECK = 6
const FORM = /^avt_[0-9A-Za-z]{36}$/

/** A new API token: `avt_`, 30 random digits of base 62 (178 bits), and 6 that are the CRC-32 of those before. */
export function mintApiToken(): string {
  const random = Array.from({ length: RANDOM }, () => DIGITS[randomInt(DIGITS.length)]).join('')
  return PREFIX + random + checkDigits(PREFIX + random)
}

/** Whether a text wants to be an API token: it is not taken for anything else then. */
export const isApiToken = (text: string): boolean => text.startsWith(PREFIX)

/**
 * SHA-256 of a token, in hexadecimal, under which it is known; null for a text that was never minted, such as one with
 * a slip in it. No slow hash: there is nothing to guess in 178 random bits.
 */
export function hashApiToken(token: string): string | null {
  if (!FORM.test(token)) return null
  const body = token.slice(0, -CHECK)
  if (checkDigits(body) !== token.slice(-CHECK)) return null
  return createHash('sha256').update(token).digest('hex')
}

function checkDigits(body: string): string {
  let rest = crc32(body)
  let digits = ''
  for (let at = 0; at < CHECK; at++) {
    digits = DIGITS[rest % DIGITS.length] + digits
    rest = Math.floor(rest / DIGITS.length)
  }
  return digits
}
