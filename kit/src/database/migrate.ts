import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import type { Logger } from '../log/logger.ts'

/** The advisory lock Prisma's own migrate takes, so that the two never run at once. */
const PRISMA_MIGRATE_LOCK = 72_707_369

/** Prisma's ledger, column for column, so that its CLI accepts a database migrated here. */
const LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

/** Others may read what was applied; only the role that applies may say so. */
const LEDGER_RIGHTS = `DO $$ DECLARE other text; BEGIN
  FOR other IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
    WHERE table_name = '_prisma_migrations' AND grantee <> current_user AND privilege_type <> 'SELECT'
  LOOP EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON "_prisma_migrations" FROM %I', other); END LOOP;
END $$`

/**
 * Applies what is missing of `folder/<name>/migration.sql`, in the order of names, each in one transaction with its
 * line in the ledger. Several starters at once wait for each other.
 * @returns the names applied now
 * @throws Error when an applied migration was edited afterwards, or the database knows one that the folder lacks
 */
export async function migrate(options: { url: string; folder: string; log: Logger }): Promise<string[]> {
  const files = await readMigrations(options.folder)
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK])
    await client.query(LEDGER)
    await client.query(LEDGER_RIGHTS)
    const applied = await appliedMigrations(client)
    refuseUnknown(applied, files)
    const missing = files.filter((file) => !applied.has(file.name))
    for (const file of missing) {
      await applyOne(client, file)
      options.log.info({ migration: file.name }, 'migration applied')
    }
    return missing.map((file) => file.name)
  } finally {
    await client.end()
  }
}

/**
 * Brings the database to this version where the role that owns the tables is at hand; otherwise makes sure that someone
 * has. A container of the service need not hold that role at all.
 * @throws Error naming the migrations that are missing
 */
export async function prepareDatabase(options: {
  url: string
  migrateUrl?: string
  folder: string
  log: Logger
}): Promise<void> {
  if (options.migrateUrl) {
    await migrate({ url: options.migrateUrl, folder: options.folder, log: options.log })
    return
  }
  const files = await readMigrations(options.folder)
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const applied = await appliedMigrations(client)
    refuseUnknown(applied, files)
    const missing = files.filter((file) => !applied.has(file.name)).map((file) => file.name)
    if (missing.length)
      throw new Error(
        `The database is older than this version. Run the database set-up first (missing: ${missing.join(', ')}).`,
      )
  } finally {
    await client.end()
  }
}

async function appliedMigrations(client: pg.Client): Promise<Map<string, string>> {
  const exists = await client.query(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS there`)
  if (!(exists.rows[0] as { there: boolean }).there) return new Map()
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

interface MigrationFile {
  name: string
  sql: string
  checksum: string
}

async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

function refuseUnknown(applied: Map<string, string>, files: MigrationFile[]): void {
  const known = new Map(files.map((file) => [file.name, file.checksum]))
  for (const [name, checksum] of applied) {
    const here = known.get(name)
    if (here === undefined)
      throw new Error(
        `The database has the migration ${name}, which this version does not know. Start the version that made it, or a newer one.`,
      )
    if (here !== checksum)
      throw new Error(
        `The migration ${name} was changed after it was applied. Restore its file; put changes into a new migration.`,
      )
  }
}

async function applyOne(client: pg.Client, file: MigrationFile): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(file.sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), file.checksum, file.name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new Error(`The migration ${file.name} failed; nothing of it was kept.`, { cause: error })
  }
}
