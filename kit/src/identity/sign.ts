import { createHash, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ServiceKeys } from './keys.ts'
import type { Identity } from './identity.ts'

/** How long a signed identity may travel, in seconds. It is used at once; the rest is clock skew between machines. */
export const IDENTITY_LIFETIME_SECONDS = 60

/** What a signature covers of the call itself, so that it cannot be moved to another call. */
export interface SignedCall {
  method: string
  /** Path and query of the call. */
  path: string
  /** Empty for calls whose body is a stream of bytes. */
  body: string
}

/** base64url SHA-256 over method, path and body. */
export function callHash(call: SignedCall): string {
  return createHash('sha256')
    .update(`${call.method.toUpperCase()} ${call.path}\n`)
    .update(call.body)
    .digest('base64url')
}

export type SignIdentity = (audience: string, identity: Omit<Identity, 'caller'>, call: SignedCall) => Promise<string>

/** A minter of signed identities for one caller. `audience` is the name of the service that is called. */
export function createSigner(caller: string, keys: ServiceKeys, now: () => number = Date.now): SignIdentity {
  return (audience, identity, call) => {
    const issuedAt = Math.floor(now() / 1000)
    return new SignJWT({
      viewer: identity.viewer,
      rid: identity.requestId,
      client: identity.client,
      call: callHash(call),
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'identity+jwt' })
      .setIssuer(caller)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + IDENTITY_LIFETIME_SECONDS)
      .sign(keys.privateKey)
  }
}
