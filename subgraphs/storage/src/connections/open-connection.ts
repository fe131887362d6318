import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Logger } from '@archivolt/kit/log/logger'
import type { CloudConnection, PrismaClient, StorageBackend } from '../../prisma/client/client.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { createOAuthTokens, type TokenStore } from '../drivers/http/tokens.ts'
import { openDriver, type DriverGround } from '../drivers/registry.ts'
import type { GuardedAgents } from '@archivolt/kit/net/guarded-agents'
import { ConnectionBroken } from './connection.errors.ts'
import { PROVIDER_NAMES, type OAuthProviderKind } from './connection.ts'
import { openCredentials, type Credentials } from './connection-secrets.ts'
import type { OAuthProviders } from './oauth-providers.ts'
import { createTokenStores, REFRESH_PACE } from './token-store.ts'
import { breakConnection } from './usecases/break-connection.ts'
import { watched } from './watched.layer.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  frontendUrl: string
  now: () => number
}

/** How often a use is written down. */
const TOUCH_EVERY_MS = 60_000

/** The driver of a place that belongs to a person. @throws ConnectionBroken, CannotOpenError */
export type OpenConnection = (backend: StorageBackend) => Promise<StorageDriver>

/**
 * Opens people's own accounts. Tokens renew themselves; an account that refuses them for good is written down as broken,
 * and says so from then on without being asked again.
 */
export function createOpenConnection(deps: Deps): OpenConnection {
  const storeOf = createTokenStores(deps)
  const markBroken = breakConnection(deps)

  return async (backend) => {
    const connection = await deps.db.cloudConnection.findUnique({ where: { backendId: backend.id } })
    if (!connection?.credentials) throw new ConnectionBroken(connection?.provider ?? 'WEBDAV')
    if (connection.state === 'BROKEN') throw new ConnectionBroken(connection.provider)
    const credentials = openCredentials(deps.sealer, connection, connection.credentials)
    const driver = driverOf(deps, connection.provider, backend.config as object, credentials, () =>
      storeOf(connection.id),
    )
    let broken = false
    return watched(driver, {
      used: touching(deps, connection.id, deps.ground.log),
      async refused(error) {
        if (!broken) await markBroken(connection.id, backend.version, error.message)
        broken = true
        throw new ConnectionBroken(connection.provider)
      },
    })
  }
}

/** The driver of an account with these credentials. Whoever opens it closes it. */
export function driverOf(
  deps: Pick<Deps, 'ground' | 'providers'>,
  provider: CloudConnection['provider'],
  config: object,
  credentials: Credentials,
  store: () => TokenStore,
): StorageDriver {
  if (!isOAuth(provider)) return openDriver(provider, { ...config, ...credentials }, deps.ground)
  const { client } = deps.providers[provider]
  if (!client) throw new ConnectionBroken(provider)
  const guard = deps.ground.openGuard()
  const tokens = createOAuthTokens(PROVIDER_NAMES[provider], client, store(), { ...REFRESH_PACE, fetch: guard.fetch })
  return closingToo(openDriver(provider, config, { ...deps.ground, tokens }), guard)
}

export function isOAuth(provider: CloudConnection['provider']): provider is OAuthProviderKind {
  return provider === 'GOOGLE_DRIVE' || provider === 'ONEDRIVE'
}

function closingToo(driver: StorageDriver, guard: GuardedAgents): StorageDriver {
  return {
    ...driver,
    async close() {
      await driver.close()
      await guard.close()
    },
  }
}

function touching({ db, now }: Pick<Deps, 'db' | 'now'>, id: string, log: Logger): () => void {
  let last = -Infinity
  return () => {
    if (now() - last < TOUCH_EVERY_MS) return
    last = now()
    db.cloudConnection
      .updateMany({ where: { id }, data: { lastUsedAt: new Date(last) } })
      .catch((error: unknown) => log.debug({ err: error }, 'the use of a connection was not written down'))
  }
}
