import type { CloudConnection, StorageBackend } from '../../prisma/client/client.ts'
import { createHttp, discard } from '../drivers/http/http.ts'
import type { DriverGround } from '../drivers/registry.ts'
import { PROVIDER_NAMES } from './connection.ts'
import type { Credentials } from './connection-secrets.ts'
import type { OAuthProviders } from './oauth-providers.ts'
import { isOAuth } from './open-connection.ts'
import { REFRESH_PACE } from './token-store.ts'

/**
 * Gives the access to an account back, where the provider has a way for it: a token at Google, an app password at
 * Nextcloud. @throws DriverError, Transient when the provider does not take it
 */
export async function withdraw(
  deps: { ground: DriverGround; providers: OAuthProviders },
  connection: CloudConnection & { backend: StorageBackend | null },
  credentials: Credentials,
): Promise<void> {
  const call = callFor(deps.providers, connection, credentials)
  if (!call) return
  const guard = deps.ground.openGuard()
  try {
    const http = createHttp(PROVIDER_NAMES[connection.provider], { ...REFRESH_PACE, fetch: guard.fetch })
    await discard(await http.send(call))
  } finally {
    await guard.close()
  }
}

function callFor(
  providers: OAuthProviders,
  { provider, backend }: CloudConnection & { backend: StorageBackend | null },
  credentials: Credentials,
) {
  if (isOAuth(provider)) {
    const { revokeUrl } = providers[provider]
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams({ token: String(credentials.refreshToken) }).toString()
    return revokeUrl ? { method: 'POST', url: revokeUrl, headers, body } : null
  }
  const url = (backend?.config as { url?: string } | undefined)?.url
  if (provider !== 'NEXTCLOUD' || !url) return null
  const word = Buffer.from(`${String(credentials.username)}:${String(credentials.appPassword)}`).toString('base64')
  return {
    method: 'DELETE',
    url: `${url}/ocs/v2.php/core/apppassword`,
    headers: { authorization: `Basic ${word}`, 'ocs-apirequest': 'true' },
  }
}
