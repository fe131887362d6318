import pg from 'pg'
import { startTestServer, TEST_ADMIN_URL } from './test-database.ts'

/** vitest's global set-up: one scratch PostgreSQL for the whole run. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer()
  process.env[TEST_ADMIN_URL] = server.adminUrl
  // Held to the end, so that another run that ends meanwhile does not take the server away from this one.
  const held = new pg.Client({ connectionString: server.adminUrl })
  held.on('error', () => {})
  await held.connect()
  return async () => {
    await held.end()
    await server.stop()
  }
}
