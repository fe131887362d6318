import { createHttp, discard, type HttpDeps } from './http.ts'
import { mustBeRenewed, requestTokens, type OAuthClient } from './oauth.ts'

/** Where access tokens come from. */
export interface TokenSource {
  /** A token that is believed to be good. */
  access(): Promise<string>
  /**
   * Another one than that which was refused. `fresh` when it was given out for this call, not for another one meanwhile.
   * @throws CredentialsRefused when the person must connect again
   */
  renew(refused: string): Promise<{ token: string; fresh: boolean }>
}

/** Tokens that may be tried in one call: the known one, ones that others fetched meanwhile, one fetched for this. */
const MAX_TOKENS = 4

/** Calls with a token; when it is refused, again with others. @throws CredentialsRefused when a fresh one is refused too */
export async function withToken(
  service: string,
  tokens: TokenSource,
  call: (token: string) => Promise<Response>,
): Promise<Response> {
  let token = await tokens.access()
  let fresh = false
  for (let tried = 1; ; tried++) {
    const response = await call(token)
    if (response.status !== 401) return response
    await discard(response)
    if (fresh || tried >= MAX_TOKENS) throw mustBeRenewed(service)
    ;({ token, fresh } = await tokens.renew(token))
  }
}

/** What is kept of an account between calls. */
export interface KeptTokens {
  refreshToken: string
  accessToken: string | null
  /** Milliseconds since 1970 at which the access token ends. */
  expiresAt: number
}

/** Keeps the tokens of one account for all processes. */
export interface TokenStore {
  /**
   * Hands over what is kept and keeps what comes back, while no one else can do either: services that rotate refresh
   * tokens refuse the second use of one, and some then end the whole account.
   */
  change(work: (kept: KeptTokens) => Promise<KeptTokens>): Promise<KeptTokens>
}

/** Before its end by this much, a token is no longer used. */
const MARGIN_MS = 60_000
const DEFAULT_LIFETIME_S = 3600

/** Access tokens from a refresh token. Many callers at once, in any number of processes, cause one refresh. */
export function createOAuthTokens(
  service: string,
  client: OAuthClient,
  store: TokenStore,
  deps: HttpDeps,
): TokenSource {
  const http = createHttp(service, deps)
  const { now } = http.clockwork
  let current: KeptTokens | null = null
  let underWay: Promise<{ token: string; fresh: boolean }> | null = null

  const usable = (kept: KeptTokens | null, refused: string | null): string | null =>
    kept?.accessToken && kept.accessToken !== refused && now() < kept.expiresAt - MARGIN_MS ? kept.accessToken : null

  const change = async (refused: string | null) => {
    let fresh = false
    current = await store.change(async (kept) => {
      if (usable(kept, refused)) return kept
      const answer = await requestTokens(service, http, client, {
        grant_type: 'refresh_token',
        refresh_token: kept.refreshToken,
      })
      fresh = true
      return {
        refreshToken: answer.refresh_token ?? kept.refreshToken,
        accessToken: answer.access_token,
        expiresAt: now() + Math.max(MARGIN_MS / 1000 + 1, answer.expires_in ?? DEFAULT_LIFETIME_S) * 1000,
      }
    })
    return { token: current.accessToken ?? '', fresh }
  }

  const renew = async (refused: string | null) => {
    const known = usable(current, refused)
    if (known) return { token: known, fresh: false }
    return (underWay ??= change(refused).finally(() => (underWay = null)))
  }
  return { access: async () => (await renew(null)).token, renew }
}
