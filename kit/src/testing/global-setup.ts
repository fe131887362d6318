import { startTestServer, TEST_ADMIN_URL } from './test-database.ts'

/** vitest's global set-up: one scratch PostgreSQL for the whole run. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer()
  process.env[TEST_ADMIN_URL] = server.adminUrl
  return () => server.stop()
}
