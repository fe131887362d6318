import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../database/embedded-postgres.ts'
import { createLogger } from '../log/logger.ts'

/** The scratch server that every test file on this machine and account shares; it survives a run, to make the next one quick. */
const TEST_CLUSTER = path.join(tmpdir(), `archivolt-test-postgres-${process.getuid?.() ?? 'user'}`)
const PASSWORD = 'test-only'

/** Connection of a superuser to the shared scratch server, starting it when needed. Called once by the test set-up. */
export async function startTestServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  return startEmbeddedPostgres({
    dataDir: TEST_CLUSTER,
    password: PASSWORD,
    log: createLogger('test', { level: 'warn', pretty: false }),
    // Scratch data: durability is not what these tests are about, and it costs most of their time.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  })
}

export const TEST_ADMIN_URL = 'ARCHIVOLT_TEST_ADMIN_URL'

/** The superuser connection that the test set-up left in the environment. */
export function testAdminUrl(): string {
  const url = process.env[TEST_ADMIN_URL]
  if (!url)
    throw new Error(
      `${TEST_ADMIN_URL} is not set: run tests through the root vitest config, whose set-up starts the database.`,
    )
  return url
}

/** An empty database of its own for one test file, and a way to drop it whatever still holds it. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const adminUrl = testAdminUrl()
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await runSql(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => void (await runSql(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  }
}

/** Runs one statement, or several without values, on a connection of its own. @returns the rows of the last one */
export async function runSql(url: string, sql: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = [await client.query(sql, values)].flat()
    return results.at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}
