import { createHash, randomBytes } from 'node:crypto'

/** A word that cannot be guessed, and what is kept of it: whoever reads the database cannot use it. */
export function oneTimeWord(): { word: string; hash: Uint8Array<ArrayBuffer> } {
  const word = randomBytes(32).toString('base64url')
  return { word, hash: hashOf(word) }
}

/** SHA-256. The words are random, so a slow hash would protect nothing. */
export function hashOf(word: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(word).digest())
}

/** The challenge that goes with a verifier by the method S256 (RFC 7636). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
