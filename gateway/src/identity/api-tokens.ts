import type { Client, Viewer } from '@archivolt/kit/identity/identity'
import { hashApiToken } from '@archivolt/kit/identity/api-token'

/** What identity knows of an API token. */
export interface KnownToken {
  viewer: Viewer
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Asks identity for the token with this SHA-256; null for none that may be used. Rejects when identity does not answer. */
export type LookUpToken = (hash: string, client: Client) => Promise<KnownToken | null>

/** Finds out whose an API token is: null for a text that no token has. Rejects when that cannot be told. */
export type FindToken = (token: string, client: Client) => Promise<KnownToken | null>

/**
 * How long an answer is believed. A revoked token is refused at once all the same: it stands in the list that every
 * request asks.
 */
const KEEP_MS = 5000
const MAX_KEPT = 10_000

/** Looks API tokens up at identity, each at most once in five seconds, and none that was never minted. */
export function createFindToken(lookUp: LookUpToken, now: () => number = Date.now): FindToken {
  const kept = new Map<string, { answer: Promise<KnownToken | null>; until: number }>()

  const ask = (hash: string, client: Client): Promise<KnownToken | null> => {
    const answer = lookUp(hash, client)
    const entry = { answer, until: now() + KEEP_MS }
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string)
    kept.delete(hash)
    kept.set(hash, entry)
    // Whoever waits for it hears of the failure; the next one asks anew.
    answer.catch(() => {
      if (kept.get(hash) === entry) kept.delete(hash)
    })
    return answer
  }

  return async (token, client) => {
    const hash = hashApiToken(token)
    if (hash === null) return null
    const known = kept.get(hash)
    return known && known.until > now() ? known.answer : ask(hash, client)
  }
}
