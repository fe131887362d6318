import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  deriveServiceDatabase,
  deriveSharedDatabase,
  ensureServiceDatabase,
  ensureSharedDatabase,
} from '@archivolt/kit/database/roles'
import { createLogger } from '@archivolt/kit/log/logger'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import { testAdminUrl } from '@archivolt/kit/testing/test-database'
import pg from 'pg'
import { openHouse, type House } from '../../scripts/house.ts'
import { ADMIN, freePort } from './vault-process.ts'

export interface TestHouse extends House {
  secret: string
  /** Runs SQL in a service's database, as the role that owns its tables: to bring about what only a crash leaves behind. */
  sql(service: string, text: string, values?: unknown[]): Promise<unknown[]>
  /** Closes it and drops what it made. */
  stop(): Promise<void>
}

/** The whole vault inside the test's own process, on databases of its own. */
export async function openTestHouse(extra: Record<string, string> = {}): Promise<TestHouse> {
  const secret = randomBytes(32).toString('base64url')
  const suffix = randomBytes(4).toString('hex')
  const data = await mkdtemp(path.join(tmpdir(), 'archivolt-house-'))
  const port = await freePort()
  const env: Record<string, string> = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    SECRET_KEY: secret,
    CLOUD_CREDS_KEY: randomBytes(32).toString('base64'),
    ARCHIVOLT_DATA: data,
    PORT: String(port),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    PWNED_PASSWORDS_URL: 'off',
    ...extra,
  }
  const made: { database: string; roles: string[] }[] = []
  for (const service of SERVICES) {
    const name = `${service}_${suffix}`
    const database = deriveServiceDatabase(testAdminUrl(), name, secret)
    await ensureServiceDatabase(testAdminUrl(), database)
    made.push({ database: name, roles: [`${name}_app`, `${name}_migrate`] })
    env[`${service.toUpperCase()}_DATABASE_URL`] = database.url
    env[`${service.toUpperCase()}_DATABASE_MIGRATE_URL`] = database.migrateUrl
  }
  const shared = new URL(deriveSharedDatabase(testAdminUrl(), secret))
  shared.username = `shared_${suffix}`
  shared.pathname = `/shared_${suffix}`
  await ensureSharedDatabase(testAdminUrl(), shared.href)
  made.push({ database: `shared_${suffix}`, roles: [`shared_${suffix}`] })
  env.SHARED_DATABASE_URL = shared.href

  const house = await openHouse(env, createLogger('', { level: env.LOG_LEVEL ?? 'error', pretty: false }))
  return {
    ...house,
    url: `http://localhost:${port}`,
    secret,
    async sql(service, text, values) {
      const client = new pg.Client({ connectionString: env[`${service.toUpperCase()}_DATABASE_MIGRATE_URL`] })
      await client.connect()
      try {
        return (await client.query(text, values)).rows
      } finally {
        await client.end()
      }
    },
    async stop() {
      await house.close()
      const admin = new pg.Client({ connectionString: testAdminUrl() })
      await admin.connect()
      for (const { database, roles } of made) {
        await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
        await admin.query(`DROP ROLE IF EXISTS ${roles.join(', ')}`)
      }
      await admin.end()
      await rm(data, { recursive: true, force: true })
    },
  }
}
