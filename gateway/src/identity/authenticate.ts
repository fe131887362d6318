import { errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { GraphQLError } from 'graphql'
import { z } from 'zod'
import { isApiToken } from '@archivolt/kit/identity/api-token'
import type { Client, Viewer } from '@archivolt/kit/identity/identity'
import type { RevocationList } from '../shared-state.ts'
import type { FindToken } from './api-tokens.ts'
import type { People, Person } from './people.ts'

/** A person's access token or API token, once it is verified. */
export interface Session {
  /** What the person may do is identity's word of now, not the token's of then. */
  viewer: Viewer
  /** Ids of the features the person may use. */
  apps: ReadonlySet<string>
  /** While none of them is claimed in the shared state, `viewer` and `apps` are current. */
  stamps: readonly string[]
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
   * Whether the token, or the session it belongs to, may still be used, and the person may do what they could when it
   * was authenticated.
   * @throws GraphQLError as `authenticate`
   */
  check(session: Session): Promise<void>
}

interface Deps {
  keys: JWTVerifyGetKey
  revoked: RevocationList
  /** Whether an access token with this fingerprint may come from this client. */
  isFrom: (fingerprint: string, client: Client) => boolean
  findToken: FindToken
  people: People
  now?: () => number
}

/** What a token says for itself. */
type Claimed = Pick<Session, 'viewer' | 'tokenId' | 'expiresAt'>

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
 * list of what was revoked about both. Role, groups and apps are what identity says now, whatever the token says.
 */
export function createAuthenticator(deps: Deps): Authenticator {
  const { keys, revoked, people, now = Date.now } = deps

  const verify = async (token: string, client: Client): Promise<Claimed> => {
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
    if (fgp !== undefined && !deps.isFrom(fgp, client)) throw new AnotherClient()
    const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1000
    return { viewer: { userId: sub, role, groups, scopes: null, sessionId: sid }, tokenId: jti, expiresAt }
  }

  const find = async (token: string, client: Client): Promise<Claimed> => {
    const known = await deps.findToken(token, client)
    if (!known) throw new UnknownToken()
    return { viewer: known.viewer, tokenId: known.viewer.sessionId, expiresAt: known.expiresAt }
  }

  const isClaimed = (keys: readonly string[]): Promise<boolean> =>
    revoked.has(keys).catch((error: unknown) => {
      throw cannotTell(error)
    })

  /** One question for all; only a yes needs a second one. */
  const judge = async (session: Claimed, stamps: readonly string[]): Promise<'current' | 'outdated' | 'ended'> => {
    if (now() >= session.expiresAt) return 'ended'
    // Keyed by what the token says, not by its text: a signature can be re-encoded, the claims cannot.
    const token = [`session:${session.viewer.sessionId}`, `token:${session.tokenId}`]
    if (!(await isClaimed([...token, ...stamps]))) return 'current'
    return (await isClaimed(token)) ? 'ended' : 'outdated'
  }

  const ask = (question: Promise<Person | null>): Promise<Person> =>
    question
      .catch((error: unknown) => {
        throw cannotTell(error)
      })
      .then((person) => {
        if (!person?.active) throw signInAgain()
        return person
      })

  const complete = async (claimed: Claimed): Promise<Session> => {
    const since = people.clock()
    const known = await ask(people.known(claimed.viewer))
    const verdict = await judge(claimed, known.stamps)
    if (verdict === 'ended') throw signInAgain()
    return overlay(claimed, verdict === 'current' ? known : await ask(people.refresh(claimed.viewer, since)))
  }

  return {
    async authenticate(authorization, client) {
      if (authorization === undefined) return null
      const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
      if (!token) throw signInAgain()
      const reading = isApiToken(token) ? find(token, client) : verify(token, client)
      const claimed = await reading.catch((error: unknown) => {
        throw isAboutTheToken(error) ? signInAgain(error) : cannotTell(error)
      })
      return complete(claimed)
    },
    async check(session) {
      if ((await judge(session, session.stamps)) !== 'current') throw signInAgain()
    },
  }
}

function overlay(claimed: Claimed, { role, groups, groupIds, apps, stamps }: Person): Session {
  return { ...claimed, viewer: { ...claimed.viewer, role, groups, groupIds }, apps: new Set(apps), stamps }
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
