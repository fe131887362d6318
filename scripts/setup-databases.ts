import { fileURLToPath } from 'node:url'
import { migrate } from '@archivolt/kit/database/migrate'
import { ensureServiceDatabase, ensureSharedDatabase } from '@archivolt/kit/database/roles'
import { commonEnv, databaseEnv } from '@archivolt/kit/env/common'
import { EnvironmentError, readEnv, readEnvOrExit } from '@archivolt/kit/env/read-env'
import { createLogger } from '@archivolt/kit/log/logger'
import { SERVICES } from '@archivolt/kit/server/service-directory'

// For a vault on several machines, before its services start: makes the databases and roles that the connections in
// the environment name, and brings every database to this version. It alone holds the roles that own tables. Repeating
// it changes nothing but passwords, which become those of the environment.

type Source = Record<string, string | undefined>

const ADMIN = 'DATABASE_ADMIN_URL'
const SHARED = 'SHARED_DATABASE_URL'
const rowsOf = (service: string) => `${service.toUpperCase()}_DATABASE_URL`
const tablesOf = (service: string) => `${service.toUpperCase()}_DATABASE_MIGRATE_URL`
const ownDatabases = SERVICES.flatMap((service) => [rowsOf(service), tablesOf(service)])

const env = readEnvOrExit(() => readConnections(process.env))
try {
  await setUp(env)
} catch (error) {
  process.stderr.write(`The databases could not be set up: ${reasonOf(error)}\n`)
  process.exit(1)
}

async function setUp(urls: Record<string, string>): Promise<void> {
  const log = createLogger('setup', { level: 'warn', pretty: false })
  const adminUrl = urls[ADMIN] as string
  for (const service of SERVICES) {
    const [url, migrateUrl] = [urls[rowsOf(service)] as string, urls[tablesOf(service)] as string]
    await ensureServiceDatabase(adminUrl, { url, migrateUrl })
    const folder = fileURLToPath(new URL(`../subgraphs/${service}/prisma/migrations`, import.meta.url))
    const applied = await migrate({ url: migrateUrl, folder, log })
    report(service, url, applied.length ? `migrated: ${applied.join(', ')}` : 'up to date')
  }
  const sharedUrl = urls[SHARED]
  if (!sharedUrl) return
  await ensureSharedDatabase(adminUrl, sharedUrl)
  report('shared', sharedUrl, 'ready')
}

/** @throws EnvironmentError naming every faulty variable */
function readConnections(source: Source): Record<string, string> {
  const shape = {
    [ADMIN]: databaseEnv.DATABASE_URL,
    [SHARED]: commonEnv.SHARED_DATABASE_URL,
    ...Object.fromEntries(ownDatabases.map((name) => [name, databaseEnv.DATABASE_URL])),
  }
  const problems = [...roleFaults(source), ...SERVICES.flatMap((service) => databaseFaults(source, service))]
  try {
    const read = readEnv(shape, source) as Record<string, string>
    if (problems.length === 0) return read
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    problems.unshift(...error.problems)
  }
  throw new EnvironmentError(problems)
}

/** Every connection has a role of its own: one that two of them name would join what must stay apart. */
function roleFaults(source: Source): string[] {
  const owners = new Map<string, string>()
  return [ADMIN, ...ownDatabases, SHARED].flatMap((name) => {
    const url = parse(source[name])
    if (!url) return []
    const role = decodeURIComponent(url.username)
    const owner = owners.get(role)
    owners.set(role, owner ?? name)
    const faults = []
    if (!role) faults.push(`${name}: must name a role, as in postgres://role:password@host:5432/database`)
    else if (owner) faults.push(`${name}: names the same role as ${owner}; each needs its own`)
    if (name !== ADMIN && !url.password) faults.push(`${name}: must have the password that its role is to have`)
    if (name !== ADMIN && url.pathname.length < 2) faults.push(`${name}: must name a database`)
    return faults
  })
}

function databaseFaults(source: Source, service: string): string[] {
  const [rows, tables] = [parse(source[rowsOf(service)]), parse(source[tablesOf(service)])]
  if (!rows || !tables || rows.pathname === tables.pathname) return []
  return [`${tablesOf(service)}: names another database than ${rowsOf(service)}`]
}

/** Null for what `readEnv` complains of. */
function parse(text: string | undefined): URL | null {
  const url = text ? URL.parse(text) : null
  return url && /^postgres(ql)?:$/.test(url.protocol) ? url : null
}

function report(name: string, address: string, what: string): void {
  const { hostname, port, pathname } = new URL(address)
  process.stdout.write(`${name.padEnd(10)} ${hostname}:${port || 5432}${pathname}  ${what}\n`)
}

/** The migration that failed says why in its cause; a refused connection may have a code alone. */
function reasonOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string }
  return `${message || code || 'unknown'}${cause instanceof Error ? ` ${cause.message}` : ''}`
}
