import { createHmac, randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

/** How long after the password the second factor may come. */
export const CHALLENGE_MS = 5 * 60_000
/** Guesses at second factors of one account in one window, over all challenges and factors, by all strangers together. */
export const MAX_GUESSES = 5
export const GUESS_WINDOW_MS = 15 * 60_000
const PERIOD_SECONDS = 30
/** Codes of one step before and after are taken too: 90 seconds in all. */
const WINDOW = 1

const totpOf = (secret: string, label: string) =>
  new TOTP({ issuer: 'Archivolt', label, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS, secret })

/** 160 bits in base32, as RFC 4226 (section 4) recommends. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

/** What the QR code of an authenticator app says (otpauth://totp/…). */
export const totpUri = (secret: string, email: string): string => totpOf(secret, email).toString()

/** The time step that a code belongs to, counted from 1970; null for a code of no step that counts now. */
export function stepOf(secret: string, code: string, now: number): number | null {
  const token = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const delta = totpOf(secret, '').validate({ token, timestamp: now, window: WINDOW })
  return delta === null ? null : Math.floor(now / 1000 / PERIOD_SECONDS) + delta
}

/** Without letters and digits that are taken for each other (Crockford). */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const BACKUP_CODES = 10

/** Ten codes of 50 random bits: `xxxxx-xxxxx`. */
export function newBackupCodes(): string[] {
  const part = () => Array.from({ length: 5 }, () => DIGITS[randomInt(DIGITS.length)]).join('')
  return Array.from({ length: BACKUP_CODES }, () => `${part()}-${part()}`)
}

/** Under what a backup code is kept; null for a text that has not the form of one. */
export function hashBackupCode(key: Buffer, userId: string, code: string): Buffer<ArrayBuffer> | null {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
  if (plain.length !== 10 || ![...plain].every((digit) => DIGITS.includes(digit))) return null
  return Buffer.from(createHmac('sha256', key).update(`${userId}:${plain}`).digest())
}
