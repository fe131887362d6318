import { createRemoteJWKSet, customFetch, errors as joseErrors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { KeysUnavailable } from './authenticate.ts'

export type FetchJwks = (signal: AbortSignal) => Promise<JSONWebKeySet>

/** Unknown key ids cost at most one fetch in this time, however many arrive. */
const COOLDOWN_MS = 30_000

/** Only a label: the fetch below never looks at it. */
const LABEL = new URL('http://identity.invalid/.well-known/jwks.json')

/**
 * Finds the key that signed a token by its `kid`, fetching identity's key set when it is old or the id is new.
 * The returned function throws KeysUnavailable when the set cannot be fetched, and jose's errors for a bad token.
 */
export function createKeySet(fetchJwks: FetchJwks, options: { cooldownMs?: number } = {}): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(LABEL, {
    cooldownDuration: options.cooldownMs ?? COOLDOWN_MS,
    [customFetch]: async (_url, { signal }) => {
      try {
        return Response.json(await fetchJwks(signal))
      } catch (error) {
        throw new KeysUnavailable('The key set of identity could not be fetched', { cause: error })
      }
    },
  })
  return async (header, token) => {
    // Without an id jose would try the only key of a set: a token must say which key it means.
    if (typeof header.kid !== 'string') throw new joseErrors.JWKSNoMatchingKey()
    return remote(header, token)
  }
}
