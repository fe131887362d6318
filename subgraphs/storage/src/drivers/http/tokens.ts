import { AccessDenied, BackendUnavailable } from '../driver.errors.ts'
import { discard, jsonOf, textOf, type Http } from './http.ts'
import { Transient } from './retry.ts'

/** Where access tokens come from. */
export interface TokenSource {
  /** A token that is believed to be good. */
  access(): Promise<string>
  /** A new one, after the last was refused. @throws AccessDenied when the person must connect again */
  refresh(): Promise<string>
}

/** Connected accounts end: their owner revokes them, passwords change, consents run out. */
export const mustBeRenewed = (service: string, cause?: unknown) =>
  new AccessDenied(`The connection to ${service} must be renewed: connect the account again.`, { cause })

/** Tokens that may be tried in one call: the known one, one another call fetched meanwhile, one fetched for this. */
const MAX_TOKENS = 4

/** Calls with a token; when it is refused, once more with a fresh one. @throws AccessDenied when that is refused too */
export async function withToken(
  service: string,
  tokens: TokenSource,
  call: (token: string) => Promise<Response>,
): Promise<Response> {
  let token = await tokens.access()
  let refreshed = false
  for (let tried = 1; ; tried++) {
    const response = await call(token)
    if (response.status !== 401) return response
    await discard(response)
    if (refreshed || tried >= MAX_TOKENS) throw mustBeRenewed(service)
    const known = await tokens.access()
    refreshed = known === token
    token = refreshed ? await tokens.refresh() : known
  }
}

export interface OAuthClient {
  tokenUrl: string
  clientId: string
  clientSecret?: string
  refreshToken: string
}

export interface OAuthDeps {
  /** Called before a new refresh token is used: services that rotate them refuse the old one afterwards. */
  onRotated?(refreshToken: string): Promise<void>
}

/** Seconds before its end at which a token is no longer used. */
const MARGIN = 60

/** Access tokens from a refresh token. Many callers at once cause one refresh. */
export function createOAuthTokens(service: string, http: Http, client: OAuthClient, deps: OAuthDeps = {}): TokenSource {
  let refreshToken = client.refreshToken
  let current: { token: string; until: number } | null = null
  let underWay: Promise<string> | null = null

  const ask = async (): Promise<string> => {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client.clientId,
      refresh_token: refreshToken,
    })
    if (client.clientSecret) form.set('client_secret', client.clientSecret)
    const answer = await http.retrying(async () => {
      const response = await http.send({
        method: 'POST',
        url: client.tokenUrl,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form.toString(),
      })
      if (response.status === 200) {
        return jsonOf<{ access_token: string; expires_in?: number; refresh_token?: string }>(service, response)
      }
      const text = await textOf(response)
      if (response.status === 429 || response.status >= 500) {
        throw new Transient(
          new BackendUnavailable(`${service} does not give out access right now. Try again later.`, { cause: text }),
          http.waitAskedBy(response),
        )
      }
      throw mustBeRenewed(service, text)
    })
    if (answer.refresh_token && answer.refresh_token !== refreshToken) {
      refreshToken = answer.refresh_token
      await deps.onRotated?.(refreshToken)
    }
    const seconds = Math.max(0, (answer.expires_in ?? 3600) - MARGIN)
    current = { token: answer.access_token, until: http.clockwork.now() + seconds * 1000 }
    return answer.access_token
  }

  const refresh = () => (underWay ??= ask().finally(() => (underWay = null)))
  return {
    access: async () => (current && http.clockwork.now() < current.until ? current.token : refresh()),
    refresh,
  }
}
