import { createHash, randomUUID } from 'node:crypto'
import type { Answer, EmulatedRequest } from './emulator-server.ts'

export interface OAuthEmulationOptions {
  /** What a refresh token begins with. */
  issuer: string
  clientId?: string
  /** Null for a client that keeps no secret. */
  clientSecret?: string | null
  /** Addresses that people may be sent back to, to the letter. */
  redirectUris?: string[]
  /** Requests an access token is good for. */
  tokenUses?: number
  /** Seconds an access token is good for. */
  lifetime?: number
  /** Each refresh gives a new refresh token, and ends the old one. */
  rotate?: boolean
  /** The scope with which a refresh token is given; without it, the request must say `access_type=offline`. */
  offlineScope?: string
  account?: { id: string; email: string }
  /** Milliseconds since 1970. */
  now?: () => number
}

interface Code {
  redirectUri: string
  challenge: string
  scope: string
  offline: boolean
}

/** The account that asks for nobody's consent in the drivers' own suites. */
export const FIRST_REFRESH_TOKEN = 'refresh-1'

/** The authorization server of a provider, with its refusals: codes for one use, PKCE, tokens that end, rotation, revocation. */
export function createOAuthEmulation(options: OAuthEmulationOptions) {
  const { clientId = 'archivolt', clientSecret = null, tokenUses = Infinity, lifetime = 3600 } = options
  const { now = Date.now, redirectUris = [] } = options
  const codes = new Map<string, Code>()
  const usedCodes = new Set<string>()
  const tokens = new Map<string, { left: number; until: number }>()
  const refreshTokens = new Set([FIRST_REFRESH_TOKEN])

  const emulation = {
    account: options.account ?? { id: 'account-1', email: 'ada@example.org' },
    /** What the person does at the page that asks for their consent. */
    decision: 'allow' as 'allow' | 'deny' | 'allow without the files',
    /** Refreshes that were granted. */
    refreshes: 0,
    refreshTokens,
    expireTokens: () => tokens.clear(),
    /** Codes that wait to be exchanged end now. */
    expireCodes: () => codes.clear(),
    /** The person withdrew the consent. */
    revoke() {
      tokens.clear()
      refreshTokens.clear()
    },
    /** Whether the request carries an access token that is still good; takes one of its uses. */
    admits({ headers }: EmulatedRequest): boolean {
      const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
      const token = tokens.get(given)
      if (!token || token.left <= 0 || token.until <= now()) return false
      token.left--
      return true
    },
    /** `GET …/authorize`: the person's answer is `decision`. */
    authorize({ url }: EmulatedRequest): Answer {
      const query = url.searchParams
      const redirectUri = query.get('redirect_uri') ?? ''
      // Before this is certain, nobody is sent anywhere.
      if (query.get('client_id') !== clientId) return { status: 401, body: 'invalid_client' }
      if (!redirectUris.includes(redirectUri)) return { status: 400, body: 'redirect_uri_mismatch' }
      const back = new URL(redirectUri)
      back.searchParams.set('state', query.get('state') ?? '')
      if (query.get('response_type') !== 'code' || query.get('code_challenge_method') !== 'S256')
        back.searchParams.set('error', 'invalid_request')
      else if (emulation.decision === 'deny') back.searchParams.set('error', 'access_denied')
      else back.searchParams.set('code', issueCode(query, redirectUri))
      return { status: 302, headers: { location: back.href } }
    },
    /** `POST …/token`. */
    token({ body }: EmulatedRequest): Answer {
      const form = new URLSearchParams(body.toString())
      const secret = form.get('client_secret')
      if (form.get('client_id') !== clientId || (clientSecret !== null && secret !== clientSecret))
        return { status: 401, body: { error: 'invalid_client', error_description: `secret ${secret} is wrong` } }
      if (form.get('grant_type') === 'authorization_code') return exchange(form)
      if (form.get('grant_type') === 'refresh_token') return refresh(form.get('refresh_token') ?? '')
      return { status: 400, body: { error: 'unsupported_grant_type' } }
    },
    /** `POST …/revoke`: either kind of token ends the consent. */
    revocation({ body }: EmulatedRequest): Answer {
      const given = new URLSearchParams(body.toString()).get('token') ?? ''
      if (!refreshTokens.has(given) && !tokens.has(given)) return { status: 400, body: { error: 'invalid_token' } }
      emulation.revoke()
      return { status: 200, body: {} }
    },
  }

  function issueCode(query: URLSearchParams, redirectUri: string): string {
    const asked = query.get('scope') ?? ''
    const scopes = asked.split(' ')
    const scope = emulation.decision === 'allow' ? asked : scopes.filter((one) => !/drive|Files/.test(one)).join(' ')
    const offline = options.offlineScope
      ? scopes.includes(options.offlineScope)
      : query.get('access_type') === 'offline' && query.get('prompt') === 'consent'
    const code = `code-${randomUUID()}`
    codes.set(code, { redirectUri, challenge: query.get('code_challenge') ?? '', scope, offline })
    return code
  }

  function exchange(form: URLSearchParams): Answer {
    const given = form.get('code') ?? ''
    const code = codes.get(given)
    // A code that comes twice was stolen: what it gave ends.
    if (usedCodes.has(given)) emulation.revoke()
    codes.delete(given)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!code || code.challenge !== challenge) return { status: 400, body: { error: 'invalid_grant' } }
    if (code.redirectUri !== form.get('redirect_uri')) return { status: 400, body: { error: 'redirect_uri_mismatch' } }
    usedCodes.add(given)
    const { id: sub, email } = emulation.account
    const claims = { iss: options.issuer, aud: clientId, sub, email, preferred_username: email }
    return answer(code.offline ? newRefreshToken() : null, { scope: code.scope, id_token: unsigned(claims) })
  }

  function refresh(given: string): Answer {
    if (!refreshTokens.has(given)) return { status: 400, body: { error: 'invalid_grant' } }
    emulation.refreshes++
    if (!options.rotate) return answer(null)
    refreshTokens.delete(given)
    return answer(newRefreshToken())
  }

  function newRefreshToken(): string {
    const token = `refresh-${randomUUID()}`
    refreshTokens.add(token)
    return token
  }

  function answer(refreshToken: string | null, more: object = {}): Answer {
    const token = `access-${randomUUID()}`
    tokens.set(token, { left: tokenUses, until: now() + lifetime * 1000 })
    const refreshed = refreshToken ? { refresh_token: refreshToken } : {}
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: lifetime, access_token: token, ...refreshed, ...more },
    }
  }
  return emulation
}

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`
}
