import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** The person a call is made for; null for a call of the vault itself. */
export interface Viewer {
  userId: string
  role: 'ADMIN' | 'USER'
  groups: string[]
  /** Of an API token; null for a person who is signed in. */
  scopes: string[] | null
}

export interface Call {
  method: string
  /** With its query. */
  path: string
  body: string
}

export type Verify = (token: string | undefined, call: Call) => Promise<Viewer | null>

const LIFETIME_SECONDS = 60
const TOLERANCE_SECONDS = 5

/**
 * Checks the header `x-archivolt-identity`: signed by this vault, for this plugin, for exactly this call, once.
 * @throws Error (the returned function) when it is not
 */
export function createVerifier(pluginId: string, vaultUrl: string): Verify {
  const keys = createRemoteJWKSet(new URL('/.well-known/service-keys.json', vaultUrl), { timeoutDuration: 5000 })
  const used = new Map<string, number>()

  return async (token, call) => {
    if (!token) throw new Error('there is no identity')
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      audience: pluginId,
      typ: 'identity+jwt',
      clockTolerance: TOLERANCE_SECONDS,
      maxTokenAge: LIFETIME_SECONDS,
      requiredClaims: ['jti', 'exp', 'call'],
    })
    const hash = createHash('sha256').update(`${call.method} ${call.path}\n${call.body}`).digest('base64url')
    if (payload.call !== hash) throw new Error('it was signed for another call')
    const now = Date.now()
    for (const [id, until] of used) if (until < now) used.delete(id)
    const id = String(payload.jti)
    if (used.has(id)) throw new Error('it was used before')
    used.set(id, (Number(payload.exp) + TOLERANCE_SECONDS) * 1000)
    return (payload.viewer as Viewer | null) ?? null
  }
}
