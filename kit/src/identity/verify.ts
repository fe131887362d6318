import { timingSafeEqual } from 'node:crypto'
import { jwtVerify } from 'jose'
import { z } from 'zod'
import { DomainError } from '../errors/domain-error.ts'
import type { Identity } from './identity.ts'
import type { ServiceKeys } from './keys.ts'
import { callHash, IDENTITY_LIFETIME_SECONDS, type SignedCall } from './sign.ts'

export class IdentityRefused extends DomainError {
  override readonly status = 401
  constructor(reason: string, options?: { cause?: unknown }) {
    super('identity_refused', `This call carries no valid service identity: ${reason}.`, options)
  }
}

const claims = z.object({
  iss: z.string(),
  jti: z.string(),
  exp: z.number(),
  rid: z.string(),
  call: z.string(),
  client: z.object({ ip: z.string(), userAgent: z.string(), language: z.string().optional() }),
  viewer: z
    .object({
      userId: z.string(),
      role: z.enum(['ADMIN', 'USER']),
      groups: z.array(z.string()),
      groupIds: z.array(z.string()).optional(),
      scopes: z.array(z.string()).nullable(),
      sessionId: z.string(),
    })
    .nullable(),
})

export type VerifyIdentity = (token: string | undefined, call: SignedCall) => Promise<Identity>

/**
 * A verifier for one service. It accepts a token once, for this audience, for exactly the call it was signed for.
 * The memory of used tokens is per process: a token lives for a minute and is bound to one call, so another replica
 * could at most repeat that same call within that minute.
 * @throws IdentityRefused (the returned function) with the reason.
 */
export function createVerifier(
  audience: string,
  keys: Pick<ServiceKeys, 'publicKey'>,
  now: () => number = Date.now,
): VerifyIdentity {
  const used = new UsedTokens(now)
  return async (token, call) => {
    if (!token) throw new IdentityRefused('it is missing')
    let payload: z.infer<typeof claims>
    try {
      const verified = await jwtVerify(token, keys.publicKey, {
        algorithms: ['EdDSA'],
        audience,
        typ: 'identity+jwt',
        clockTolerance: 5,
        maxTokenAge: IDENTITY_LIFETIME_SECONDS,
        currentDate: new Date(now()),
      })
      payload = claims.parse(verified.payload)
    } catch (error) {
      throw new IdentityRefused('it is invalid or expired', { cause: error })
    }
    if (!timingSafeEqual(Buffer.from(callHash(call)), Buffer.from(payload.call.padEnd(43).slice(0, 43)))) {
      throw new IdentityRefused('it was signed for another call')
    }
    if (!used.claim(payload.jti, payload.exp * 1000 + 5000)) throw new IdentityRefused('it was used before')
    return { caller: payload.iss, viewer: payload.viewer, requestId: payload.rid, client: payload.client }
  }
}

/** Token ids until their expiry, in two generations, so that forgetting costs nothing per call. */
class UsedTokens {
  #young = new Set<string>()
  #old = new Set<string>()
  #turnAt: number
  readonly #now: () => number
  constructor(now: () => number) {
    this.#now = now
    this.#turnAt = now() + 2 * IDENTITY_LIFETIME_SECONDS * 1000
  }
  claim(jti: string, expiresAt: number): boolean {
    const time = this.#now()
    if (time >= this.#turnAt) {
      this.#old = this.#young
      this.#young = new Set()
      this.#turnAt = time + 2 * IDENTITY_LIFETIME_SECONDS * 1000
    }
    if (expiresAt < time || this.#young.has(jti) || this.#old.has(jti)) return false
    this.#young.add(jti)
    return true
  }
}
