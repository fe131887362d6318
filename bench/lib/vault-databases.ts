import { readFileSync } from 'node:fs'
import path from 'node:path'
import { deriveServiceDatabase, deriveSharedDatabase } from '@archivolt/kit/database/roles'
import type { ServiceName } from '@archivolt/kit/server/service-directory'
import pg from 'pg'

// Sizes are far below 2^53 here, and a number compares with a number.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)

/** Where the databases of a vault on this machine are: the embedded server, found as its own services find it. */
export function databasesOf(dataFolder: string): {
  /** As the service itself: rows alone. */
  of(service: ServiceName): string
  /** As the role that owns the tables. */
  migrate(service: ServiceName): string
  shared: string
} {
  const keys = JSON.parse(readFileSync(path.join(dataFolder, 'keys.json'), 'utf8')) as Record<string, string>
  const port = readFileSync(path.join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  const admin = `postgres://archivolt:${encodeURIComponent(keys.databasePassword ?? '')}@127.0.0.1:${port}/postgres`
  const secret = keys.secretKey ?? ''
  return {
    of: (service) => deriveServiceDatabase(admin, service, secret).url,
    migrate: (service) => deriveServiceDatabase(admin, service, secret).migrateUrl,
    shared: deriveSharedDatabase(admin, secret),
  }
}

/** Runs `work` with a connection that sees one database as it is at one moment. */
export async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'psql' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
