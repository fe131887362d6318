import pg from 'pg'
import { deriveKey } from '../identity/keys.ts'

export interface ServiceDatabase {
  /** Role `<service>_app`: rows only. */
  url: string
  /** Role `<service>_migrate`: owns the tables. */
  migrateUrl: string
}

/** The connections of one service's two roles on the server of `adminUrl`, with passwords derived from the secret. */
export function deriveServiceDatabase(adminUrl: string, service: string, secret: string): ServiceDatabase {
  return {
    url: derivedUrl(adminUrl, `${service}_app`, service, secret),
    migrateUrl: derivedUrl(adminUrl, `${service}_migrate`, service, secret),
  }
}

/** The connection to the database `shared`, of whose single role queues and small shared state are. */
export function deriveSharedDatabase(adminUrl: string, secret: string): string {
  return derivedUrl(adminUrl, 'shared', 'shared', secret)
}

function derivedUrl(adminUrl: string, role: string, database: string, secret: string): string {
  const url = new URL(adminUrl)
  url.username = role
  url.password = deriveKey(secret, `database:${role}`).toString('base64url')
  url.pathname = `/${database}`
  return url.href
}

interface Credentials {
  role: string
  password: string
  database: string
}

function credentialsIn(url: string): Credentials {
  const { username, password, pathname } = new URL(url)
  return {
    role: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  }
}

/**
 * Makes the database that the two connections name, and their roles, where they are missing, and sets the passwords.
 * Safe to run at every start and by several processes at once.
 * @param adminUrl connection of a role that may create roles and databases
 */
export async function ensureServiceDatabase(adminUrl: string, database: ServiceDatabase): Promise<void> {
  const app = credentialsIn(database.url)
  const migrate = credentialsIn(database.migrateUrl)
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    await ensureRole(client, app)
    await ensureRole(client, migrate)
    await ensureDatabase(client, migrate)
  })
  await withClient(withDatabase(adminUrl, app.database), async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    await client.query(grants(app.database, { app: app.role, migrate: migrate.role }))
  })
}

/** Makes the database `shared` and its role. See ensureServiceDatabase. */
export async function ensureSharedDatabase(adminUrl: string, url: string): Promise<void> {
  const shared = credentialsIn(url)
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK])
    await ensureRole(client, shared)
    await ensureDatabase(client, shared)
    await client.query(`REVOKE ALL ON DATABASE ${pg.escapeIdentifier(shared.database)} FROM PUBLIC`)
  })
}

async function ensureRole(client: pg.Client, { role, password }: Credentials): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
  // Attributes are set once: to alter them, even to what they are, takes a superuser.
  const attributes = rowCount ? '' : 'NOSUPERUSER NOCREATEDB NOCREATEROLE'
  await client.query(
    `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${pg.escapeIdentifier(role)} LOGIN ${attributes} PASSWORD ${pg.escapeLiteral(password)}`,
  )
}

async function ensureDatabase(client: pg.Client, owner: Credentials): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [owner.database])
  if (rowCount) return
  // To give a database to a role, one must be a member of it (superusers aside).
  await client.query(`GRANT ${pg.escapeIdentifier(owner.role)} TO CURRENT_USER`)
  await client.query(
    `CREATE DATABASE ${pg.escapeIdentifier(owner.database)} OWNER ${pg.escapeIdentifier(owner.role)} TEMPLATE template0 ENCODING 'UTF8'`,
  )
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
