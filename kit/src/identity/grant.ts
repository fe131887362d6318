import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/**
 * One service's word to the others that a person may reach an entity it owns. It travels inside the supergraph as a
 * field that clients cannot see, so that a service which adds fields to the entity needs no table of the owner's.
 */
export interface Grant {
  /** Type and row id of the entity, such as `Document:…`. */
  subject: string
  /** The person it is for; it is worth nothing to anyone else. */
  userId: string
  level: 'VIEW' | 'EDIT' | 'OWN'
  /** What the owner of the entity tells those who add fields to it. */
  facts: Record<string, string>
}

/** Long enough for one operation with all its entity calls, also for one event of a subscription. */
const LIFETIME_MS = 5 * 60_000

const grantSchema = z.object({
  s: z.string(),
  u: z.string(),
  l: z.enum(['VIEW', 'EDIT', 'OWN']),
  f: z.record(z.string(), z.string()),
  x: z.number(),
})

export interface Grants {
  mint(grant: Grant): string
  /** The grant, if it is genuine, unexpired, for this subject and for this person; null otherwise. */
  check(token: string | null | undefined, subject: string, userId: string | undefined): Grant | null
}

/** Grants signed with HMAC-SHA256 under `key` (32 bytes), which only the services of the house can derive. */
export function createGrants(key: Buffer, now: () => number = Date.now): Grants {
  const mac = (payload: string) => createHmac('sha256', key).update(payload).digest()
  return {
    mint(grant) {
      const payload = Buffer.from(
        JSON.stringify({ s: grant.subject, u: grant.userId, l: grant.level, f: grant.facts, x: now() + LIFETIME_MS }),
      ).toString('base64url')
      return `${payload}.${mac(payload).toString('base64url')}`
    },
    check(token, subject, userId) {
      const [payload, signature] = token?.split('.') ?? []
      if (!payload || !signature || !userId) return null
      const given = Buffer.from(signature, 'base64url')
      const expected = mac(payload)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
      const parsed = grantSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
      if (parsed.x < now() || parsed.s !== subject || parsed.u !== userId) return null
      return { subject: parsed.s, userId: parsed.u, level: parsed.l, facts: parsed.f }
    },
  }
}
