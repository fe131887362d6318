import { errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { GraphQLError } from 'graphql'
import { z } from 'zod'
import { isApiToken } from '@archivolt/kit/identity/api-token'
import type { Client, Viewer } from '@archivolt/kit/identity/identity'
import type { RevocationList } from '../shared-state.ts'
import type { FindToken } from './api-tokens.ts'

/** A person's access token or API token, once it is verified. */
export interface Session {
  viewer: Viewer
  /** `jti` of the access token; the id of an API token. */
  tokenId: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface Authenticator {
  /**
   * Null without a token.
   * @throws GraphQLError UNAUTHENTICATED for a token that is not acceptable, or not from this client; UNAVAILABLE when
   *   that cannot be told
   */
  authenticate(authorization: string | undefined, client: Client): Promise<Session | null>
  /**
   * Whether the token, or the session it belongs to, may still be used.
   * @throws GraphQLError as `authenticate`
   */
  check(session: Session): Promise<void>
}

interface Deps {
  keys: JWTVerifyGetKey
  revoked: RevocationList
  /** What a client's access tokens are bound to. */
  fingerprint: (client: Client) => string
  findToken: FindToken
  now?: () => number
}

const claims = z.object({
  sub: z.uuid(),
  sid: z.string().min(1),
  role: z.enum(['ADMIN', 'USER']),
  groups: z.array(z.string()),
  jti: z.string().min(1),
  exp: z.number(),
  fgp: z.string().optional(),
})

const CLOCK_TOLERANCE_SECONDS = 5

export const signInAgain = (cause?: unknown): GraphQLError =>
  new GraphQLError('Your sign-in is no longer valid. Sign in again.', {
    originalError: cause instanceof Error ? cause : undefined,
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
  })

const cannotTell = (cause: unknown): GraphQLError =>
  new GraphQLError('Your sign-in cannot be checked right now. Try again in a moment.', {
    originalError: cause instanceof Error ? cause : undefined,
    extensions: { code: 'UNAVAILABLE', http: { status: 503 } },
  })

/**
 * Verifies access tokens (ES256, RFC 9068) with identity's public keys, asks identity about API tokens, and the shared
 * list of what was revoked about both.
 */
export function createAuthenticator(deps: Deps): Authenticator {
  const { keys, revoked, now = Date.now } = deps

  const verify = async (token: string, client: Client): Promise<Session> => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: 'archivolt',
      audience: 'archivolt',
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    })
    const { sub, sid, role, groups, jti, exp, fgp } = claims.parse(payload)
    // Carried off to another program. A browser that has changed gets a new token for its refresh cookie.
    if (fgp !== undefined && fgp !== deps.fingerprint(client)) throw new AnotherClient()
    const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1000
    return { viewer: { userId: sub, role, groups, scopes: null, sessionId: sid }, tokenId: jti, expiresAt }
  }

  const find = async (token: string, client: Client): Promise<Session> => {
    const known = await deps.findToken(token, client)
    if (!known) throw new UnknownToken()
    return { viewer: known.viewer, tokenId: known.viewer.sessionId, expiresAt: known.expiresAt }
  }

  const check = async (session: Session): Promise<void> => {
    if (now() >= session.expiresAt) throw signInAgain()
    const { viewer, tokenId } = session
    // Keyed by what the token says, not by its text: a signature can be re-encoded, the claims cannot.
    const gone = await revoked.has([`session:${viewer.sessionId}`, `token:${tokenId}`]).catch((error: unknown) => {
      throw cannotTell(error)
    })
    if (gone) throw signInAgain()
  }

  return {
    async authenticate(authorization, client) {
      if (authorization === undefined) return null
      const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
      if (!token) throw signInAgain()
      const reading = isApiToken(token) ? find(token, client) : verify(token, client)
      const session = await reading.catch((error: unknown) => {
        throw isAboutTheToken(error) ? signInAgain(error) : cannotTell(error)
      })
      await check(session)
      return session
    },
    check,
  }
}

class AnotherClient extends Error {}
class UnknownToken extends Error {}

/** Everything else that can go wrong is about fetching the keys, or about asking identity. */
function isAboutTheToken(error: unknown): boolean {
  if ([z.ZodError, AnotherClient, UnknownToken].some((kind) => error instanceof kind)) return true
  if (!(error instanceof joseErrors.JOSEError)) return false
  return ![KeysUnavailable, joseErrors.JWKSTimeout, joseErrors.JWKSInvalid].some((kind) => error instanceof kind)
}

/** Identity's keys could not be fetched: says nothing about the token. */
export class KeysUnavailable extends joseErrors.JOSEError {
  static override code = 'ERR_KEYS_UNAVAILABLE'
}
