import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import { deriveServiceDatabase, ensureServiceDatabase } from '@archivolt/kit/database/roles'
import { createLogger } from '@archivolt/kit/log/logger'
import { runSql, testAdminUrl } from '@archivolt/kit/testing/test-database'
import { PrismaClient } from '../../prisma/client/client.ts'

export interface IdentityDatabase {
  /** Works in the role that the service has: rows only. */
  db: PrismaClient
  url: string
  /** Runs SQL as the superuser of the server. */
  asSuperuser(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  drop(): Promise<void>
}

/** A migrated database of identity with its two roles, for one test file. */
export async function openIdentityDatabase(connections = 10): Promise<IdentityDatabase> {
  const name = `identity_${randomBytes(5).toString('hex')}`
  const database = deriveServiceDatabase(testAdminUrl(), name, 'a secret of at least thirty-two characters')
  await ensureServiceDatabase(testAdminUrl(), database)
  await migrate({
    url: database.migrateUrl,
    folder: fileURLToPath(new URL('../../prisma/migrations', import.meta.url)),
    log: createLogger('test', { level: 'silent', pretty: false }),
  })
  const db = new PrismaClient({
    adapter: prismaAdapter('test', database.url, connections),
    transactionOptions: TRANSACTION_OPTIONS,
  })
  const here = new URL(testAdminUrl())
  here.pathname = `/${name}`
  return {
    db,
    url: database.url,
    asSuperuser: async (sql, values) => ({ rows: await runSql(here.href, sql, values) }),
    async drop() {
      await db.$disconnect()
      await runSql(testAdminUrl(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await runSql(testAdminUrl(), `DROP ROLE IF EXISTS ${name}_app, ${name}_migrate`)
    },
  }
}
