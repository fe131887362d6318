import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Logger } from '@archivolt/kit/log/logger'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { Backends } from '../backends/backends.ts'
import type { DriverGround } from '../drivers/registry.ts'
import type { Provider } from './connection.ts'
import type { OAuthProviders } from './oauth-providers.ts'
import { isOAuth } from './open-connection.ts'
import { requireFresh } from './require-fresh.ts'
import { beginConnection } from './usecases/begin-connection.ts'
import { checkConnections } from './usecases/check-connections.ts'
import { chooseUploadPlace } from './usecases/choose-upload-place.ts'
import { completeConnection } from './usecases/complete-connection.ts'
import { disconnectCloud } from './usecases/disconnect-cloud.ts'
import { establishConnection } from './usecases/establish-connection.ts'
import { receiveCallback } from './usecases/receive-callback.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  backends: Backends
  rateLimits: RateLimits
  services: ServiceClient
  outbox: { kick(): void }
  vaultId: string
  /** The public address of the API. */
  backendUrl: string
  log: Logger
  now: () => number
}

/** What can be done with people's own accounts. */
export function createConnections(deps: Deps) {
  const establish = establishConnection(deps)
  return {
    requireFresh: requireFresh(deps),
    beginConnection: beginConnection({ ...deps, establish }),
    receiveCallback: receiveCallback(deps),
    completeConnection: completeConnection({ ...deps, establish }),
    chooseUploadPlace: chooseUploadPlace(deps),
    disconnectCloud: disconnectCloud(deps),
    checkConnections: checkConnections(deps),
    isProviderReady: (provider: Provider) => !isOAuth(provider) || deps.providers[provider].client !== null,
  }
}
