import { errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { GraphQLError } from 'graphql'
import { z } from 'zod'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { RevocationList } from '../shared-state.ts'

/** A person's access token, once it is verified. */
export interface Session {
  viewer: Viewer
  /** `jti` of the access token. */
  tokenId: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export interface Authenticator {
  /**
   * Null without a token.
   * @throws GraphQLError UNAUTHENTICATED for a token that is not acceptable, UNAVAILABLE when that cannot be told
   */
  authenticate(authorization: string | undefined): Promise<Session | null>
  /**
   * Whether the token, or the session it belongs to, may still be used.
   * @throws GraphQLError as `authenticate`
   */
  check(session: Session): Promise<void>
}

interface Deps {
  keys: JWTVerifyGetKey
  revoked: RevocationList
  now?: () => number
}

const claims = z.object({
  sub: z.uuid(),
  sid: z.string().min(1),
  role: z.enum(['ADMIN', 'USER']),
  groups: z.array(z.string()),
  jti: z.string().min(1),
  exp: z.number(),
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

/** Verifies access tokens (ES256, RFC 9068) with identity's public keys, and asks the shared list of revoked ones. */
export function createAuthenticator({ keys, revoked, now = Date.now }: Deps): Authenticator {
  const verify = async (token: string): Promise<Session> => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: 'archivolt',
      audience: 'archivolt',
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    })
    const { sub, sid, role, groups, jti, exp } = claims.parse(payload)
    const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1000
    return { viewer: { userId: sub, role, groups, scopes: null, sessionId: sid }, tokenId: jti, expiresAt }
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
    async authenticate(authorization) {
      if (authorization === undefined) return null
      const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
      if (!token) throw signInAgain()
      const session = await verify(token).catch((error: unknown) => {
        throw isAboutTheToken(error) ? signInAgain(error) : cannotTell(error)
      })
      await check(session)
      return session
    },
    check,
  }
}

/** Everything else that can go wrong while verifying is about fetching the keys. */
function isAboutTheToken(error: unknown): boolean {
  if (error instanceof z.ZodError) return true
  if (!(error instanceof joseErrors.JOSEError)) return false
  return ![KeysUnavailable, joseErrors.JWKSTimeout, joseErrors.JWKSInvalid].some((kind) => error instanceof kind)
}

/** Identity's keys could not be fetched: says nothing about the token. */
export class KeysUnavailable extends joseErrors.JOSEError {
  static override code = 'ERR_KEYS_UNAVAILABLE'
}
