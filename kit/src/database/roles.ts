import pg from 'pg'
import { deriveKey } from '../identity/keys.ts'

export interface ServiceDatabase {
  /** Role `<service>_app`: rows only. */
  url: string
  /** Role `<service>_migrate`: owns the tables. */
  migrateUrl: string
}

/**
 * Makes the database of one service and its two roles where they are missing, and sets their passwords, which are
 * derived from the secret. Safe to run at every start and by several processes at once.
 * @param adminUrl connection of a role that may create roles and databases
 * @returns the connections of the two roles
 * @throws Error saying which right is missing
 */
export async function ensureServiceDatabase(adminUrl: string, service: string, secret: string): Promise<ServiceDatabase> {
  const roles = { app: `${service}_app`, migrate: `${service}_migrate` }
  const passwords = {
    app: deriveKey(secret, `database:${roles.app}`).toString('base64url'),
    migrate: deriveKey(secret, `database:${roles.migrate}`).toString('base64url'),
  }
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    for (const kind of ['app', 'migrate'] as const) {
      const role = pg.escapeIdentifier(roles[kind])
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [roles[kind]])
      await client.query(
        `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(passwords[kind])}`,
      )
    }
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [service])
    if (!rowCount) {
      await client.query(`GRANT ${pg.escapeIdentifier(roles.migrate)} TO CURRENT_USER`)
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(service)} OWNER ${pg.escapeIdentifier(roles.migrate)} TEMPLATE template0 ENCODING 'UTF8'`)
    }
  })
  const url = (role: string, password: string) => {
    const target = new URL(adminUrl)
    target.username = role
    target.password = password
    target.pathname = `/${service}`
    return target.href
  }
  const database = { url: url(roles.app, passwords.app), migrateUrl: url(roles.migrate, passwords.migrate) }
  await withClient(withDatabase(adminUrl, service), async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    await client.query(grants(service, roles))
  })
  return database
}

/** Arbitrary, but the same in every process: serialises creation of roles and databases. */
const ROLES_LOCK = 7_402_001

/**
 * The app role may read and write rows of what the migrate role makes, now and later, and nothing else: no CREATE on
 * the schema, no TRUNCATE, and no one else may even connect.
 */
function grants(database: string, roles: { app: string; migrate: string }): string {
  const [app, migrate] = [pg.escapeIdentifier(roles.app), pg.escapeIdentifier(roles.migrate)]
  return `
    REVOKE ALL ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${app}, ${migrate};
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${app};
    GRANT USAGE, CREATE ON SCHEMA public TO ${migrate};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${migrate} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${migrate} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${app};
  `
}

/**
 * Makes the database `shared` and its single role, which owns the queues and the small shared state there.
 * @returns its connection
 */
export async function ensureSharedDatabase(adminUrl: string, secret: string): Promise<string> {
  const name = 'shared'
  const password = deriveKey(secret, `database:${name}`).toString('base64url')
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
    await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(password)}`)
    const existing = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (!existing.rowCount) {
      await client.query(`GRANT ${name} TO CURRENT_USER`)
      await client.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 ENCODING 'UTF8'`)
    }
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
  })
  const url = new URL(adminUrl)
  url.username = name
  url.password = password
  url.pathname = `/${name}`
  return url.href
}

function withDatabase(url: string, database: string): string {
  const target = new URL(url)
  target.pathname = `/${database}`
  return target.href
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
