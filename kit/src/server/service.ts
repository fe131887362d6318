import { serviceKeys } from '../identity/keys.ts'
import { createSigner, type SignIdentity } from '../identity/sign.ts'
import { createVerifier, type VerifyIdentity } from '../identity/verify.ts'
import { connectQueues, type Queues } from '../jobs/queues.ts'
import { createLogger, type Logger } from '../log/logger.ts'
import { connectSharedState, type SharedState } from '../shared-state/connect.ts'
import { createServiceClient, type ServiceClient } from './service-client.ts'
import type { ServiceDirectory, ServiceName } from './service-directory.ts'

export interface ServiceEnv {
  NODE_ENV: 'development' | 'production' | 'test'
  LOG_LEVEL: string
  SECRET_KEY: string
  SHARED_DATABASE_URL?: string
  REDIS_URL?: string
}

/** The queues and the small shared state: one connection to them serves every service of a process. */
export interface Platform {
  shared: SharedState
  queues: Queues
  close(): Promise<void>
}

/** What a test or the one-process start puts in place of what the environment would give. */
export interface ServiceOverrides {
  log?: Logger
  directory?: ServiceDirectory
  platform?: Platform
  now?: () => number
}

/** What every service of the house starts from. */
export interface ServiceBase {
  log: Logger
  now: () => number
  sign: SignIdentity
  verify: VerifyIdentity
  platform: Platform
  services: ServiceClient
  directory: ServiceDirectory
  close(): Promise<void>
}

/** Connects queues and shared state. @throws Error when neither a database nor Redis is named, or it is not reachable */
export async function openPlatform(env: ServiceEnv, log: Logger): Promise<Platform> {
  const at = { databaseUrl: env.SHARED_DATABASE_URL, redisUrl: env.REDIS_URL, log }
  const shared = await connectSharedState(at)
  const queues = await connectQueues(at)
  return {
    shared,
    queues,
    async close() {
      await queues.close()
      await shared.close()
    },
  }
}

/** Opens the common ground of the service `name`: log, signing, platform, calls to the other services. */
export async function openService(
  name: ServiceName,
  env: ServiceEnv,
  directory: ServiceDirectory,
  overrides: ServiceOverrides = {},
): Promise<ServiceBase> {
  const given = overrides.log ?? createLogger(name, { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
  const log = given.bindings().service === name ? given : given.child({ service: name })
  const now = overrides.now ?? Date.now
  const keys = serviceKeys(env.SECRET_KEY)
  const sign = createSigner(name, keys, now)
  const services = createServiceClient(overrides.directory ?? directory, sign)
  const platform = overrides.platform ?? (await openPlatform(env, log))
  return {
    log,
    now,
    sign,
    verify: createVerifier(name, keys, now),
    platform,
    services,
    directory: overrides.directory ?? directory,
    async close() {
      await services.close()
      if (!overrides.platform) await platform.close()
    },
  }
}
