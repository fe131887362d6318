import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startEmbeddedPostgres } from '@archivolt/kit/database/embedded-postgres'
import {
  deriveServiceDatabase,
  deriveSharedDatabase,
  ensureServiceDatabase,
  ensureSharedDatabase,
} from '@archivolt/kit/database/roles'
import type { Logger } from '@archivolt/kit/log/logger'
import { SERVICES } from '@archivolt/kit/server/service-directory'

type Env = Record<string, string | undefined>

export interface LocalEnvironment {
  /** The given environment with everything filled in that one machine needs. */
  env: Env
  /** Stops what was started for it, once the services have closed. */
  stop(): Promise<void>
}

/**
 * What one machine needs and nobody has set: keys, kept in the data folder, and a database for each service, on the
 * embedded server or on the one that DATABASE_URL names. In production nothing is made up.
 * @throws Error saying what to do
 */
export async function localEnvironment(given: Env, log: Logger): Promise<LocalEnvironment> {
  const data = path.resolve(given.ARCHIVOLT_DATA || './data')
  const env: Env = { ...given, ARCHIVOLT_DATA: data }
  if (given.NODE_ENV === 'production' && !given.SECRET_KEY) {
    throw new Error(
      'SECRET_KEY is missing. In production it must be given: at least 32 random characters, the same at every start.',
    )
  }
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const keys = localKeys(path.join(data, 'keys.json'))
  env.SECRET_KEY ||= keys.secretKey
  env.CLOUD_CREDS_KEY ||= keys.credentialsKey
  const secret = env.SECRET_KEY ?? ''

  if (hasOwnDatabases(given)) return { env, stop: async () => {} }
  const server = given.DATABASE_URL
    ? { adminUrl: given.DATABASE_URL, stop: async () => {} }
    : await startEmbeddedPostgres({ dataDir: path.join(data, 'postgres'), password: keys.databasePassword, log })
  try {
    await fillDatabases(env, server.adminUrl, secret)
  } catch (error) {
    await server.stop()
    throw new Error(
      `The databases could not be prepared: ${(error as Error).message}. The role of DATABASE_URL must be able to create roles and databases; or give every service its own, such as IDENTITY_DATABASE_URL.`,
      { cause: error },
    )
  }
  return { env, stop: () => server.stop() }
}

function hasOwnDatabases(env: Env): boolean {
  return (
    SERVICES.every((service) => env[`${service.toUpperCase()}_DATABASE_URL`]) &&
    Boolean(env.SHARED_DATABASE_URL || env.REDIS_URL)
  )
}

async function fillDatabases(env: Env, adminUrl: string, secret: string): Promise<void> {
  for (const service of SERVICES) {
    const database = deriveServiceDatabase(adminUrl, service, secret)
    await ensureServiceDatabase(adminUrl, database)
    env[`${service.toUpperCase()}_DATABASE_URL`] = database.url
    env[`${service.toUpperCase()}_DATABASE_MIGRATE_URL`] = database.migrateUrl
  }
  env.SHARED_DATABASE_URL = deriveSharedDatabase(adminUrl, secret)
  await ensureSharedDatabase(adminUrl, env.SHARED_DATABASE_URL)
}

interface LocalKeys {
  credentialsKey: string
  secretKey: string
  databasePassword: string
}

/** The keys of this machine's vault, made at the first start; two first starts at once agree on one set. */
function localKeys(file: string): LocalKeys {
  const fresh: LocalKeys = {
    secretKey: randomBytes(32).toString('base64url'),
    databasePassword: randomBytes(24).toString('base64url'),
    credentialsKey: randomBytes(32).toString('base64'),
  }
  // Written aside and linked into place: whoever finds the file finds all of it, and the first one made stays.
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600 })
  try {
    linkSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(aside)
  }
  chmodSync(file, 0o600)
  return JSON.parse(readFileSync(file, 'utf8')) as LocalKeys
}
