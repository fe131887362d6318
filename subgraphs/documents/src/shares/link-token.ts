import { createHash, randomBytes } from 'node:crypto'

/** 192 random bits, as 32 characters that an address can hold. */
export function newLinkToken(): string {
  return randomBytes(24).toString('base64url')
}

/** What is kept of a token. One hash is enough for something nobody can guess. Null for what cannot be a token. */
export function hashLinkToken(token: string): Buffer | null {
  return /^[A-Za-z0-9_-]{32}$/.test(token) ? createHash('sha256').update(`link:${token}`).digest() : null
}
