import { BackendUnavailable, CredentialsRefused } from '../driver.errors.ts'
import { jsonOf, textOf, type Http } from './http.ts'
import { Transient } from './retry.ts'

/** How this vault is registered with a provider, and where that gives out tokens. */
export interface OAuthClient {
  tokenUrl: string
  clientId: string
  clientSecret?: string
}

/** What a provider gives for a code or a refresh token (RFC 6749, section 5.1). */
export interface TokenAnswer {
  access_token: string
  /** Seconds. */
  expires_in?: number
  refresh_token?: string
  /** What was granted, where it differs from what was asked for. */
  scope?: string
  /** Who the person is (OpenID Connect), straight from the provider over TLS: its signature need not be checked. */
  id_token?: string
}

/** The provider takes no such code or token: it was used, is too old, or was withdrawn. */
const ENDED = new Set(['invalid_grant', 'interaction_required', 'consent_required', 'login_required'])
/** The provider does not take this vault at its word, whoever the person is. */
const OUR_FAULT = new Set(['invalid_client', 'unauthorized_client', 'redirect_uri_mismatch', 'invalid_request'])

/** Connected accounts end: their owner revokes them, passwords change, consents run out. */
export const mustBeRenewed = (service: string, cause?: unknown) =>
  new CredentialsRefused(`The connection to ${service} must be renewed: connect the account again.`, { cause })

/**
 * Asks the token endpoint of a provider. Nothing the provider says of a token gets into an error.
 * @throws CredentialsRefused when the grant has ended, BackendUnavailable when it may work later or is the operator's to mend
 */
export async function requestTokens(
  service: string,
  http: Http,
  client: OAuthClient,
  grant: Record<string, string>,
): Promise<TokenAnswer> {
  const form = new URLSearchParams({ ...grant, client_id: client.clientId })
  if (client.clientSecret) form.set('client_secret', client.clientSecret)
  return http.retrying(async () => {
    const response = await http.send({
      method: 'POST',
      url: client.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    })
    if (response.status === 200) {
      const answer = await jsonOf<Partial<TokenAnswer>>(service, response)
      if (typeof answer.access_token === 'string') return answer as TokenAnswer
      throw new BackendUnavailable(`${service} gave an answer without a token. Try again later.`)
    }
    const code = errorOf(await textOf(response))
    const cause = new Error(`${response.status} ${code ?? ''}`)
    if (code !== null && ENDED.has(code)) throw mustBeRenewed(service, cause)
    if (code !== null && OUR_FAULT.has(code)) {
      throw new BackendUnavailable(
        `${service} does not accept this vault (${code}). Ask your administrator to check how it is registered there.`,
        { cause },
      )
    }
    const busy = new BackendUnavailable(`${service} does not give out access right now. Try again later.`, { cause })
    if (response.status === 408 || response.status === 429 || response.status >= 500)
      throw new Transient(busy, http.waitAskedBy(response))
    throw busy
  })
}

/** The error code of RFC 6749, section 5.2; never the description beside it, which may say too much. */
function errorOf(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : null
  } catch {
    return null
  }
}
