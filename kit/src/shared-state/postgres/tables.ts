import type { Pool } from 'pg'

/** Any fixed number: it keeps two starting processes from creating the same tables at once. */
const LOCK = 0x5a7ed

/**
 * Creates the tables of the shared state where they are missing. Safe for several processes at once; needs the right
 * to create only when something is missing.
 *
 * `rate_limits` is unlogged: a crash of the server empties it, which costs nothing. `replay` is not: a revoked session
 * must stay revoked.
 */
export async function createTables(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ present: boolean }>(
    `SELECT to_regclass('shared_state.replay') IS NOT NULL AND to_regclass('shared_state.rate_limits') IS NOT NULL AS present`,
  )
  if (rows[0]?.present) return
  await pool.query(`
    BEGIN;
    SELECT pg_advisory_xact_lock(${LOCK});
    CREATE SCHEMA IF NOT EXISTS shared_state;
    CREATE TABLE IF NOT EXISTS shared_state.replay (
      key text PRIMARY KEY,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS replay_expires_at_idx ON shared_state.replay (expires_at);
    CREATE UNLOGGED TABLE IF NOT EXISTS shared_state.rate_limits (
      key text PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      expire bigint
    ) WITH (fillfactor = 70);
    CREATE INDEX IF NOT EXISTS rate_limits_expire_idx ON shared_state.rate_limits (expire);
    COMMIT;
  `)
}

const BATCH = 1_000
const MAX_BATCHES = 20

/** Deletes expired rows, at most 20,000 of each table in one go, and never waits for a row in use. Returns how many. */
export async function purgeExpired(pool: Pool): Promise<number> {
  const replay = await purge(pool, 'replay', 'expires_at < clock_timestamp()')
  return replay + (await purge(pool, 'rate_limits', 'expire < extract(epoch from clock_timestamp()) * 1000'))
}

async function purge(pool: Pool, table: string, expired: string): Promise<number> {
  let total = 0
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const { rowCount } = await pool.query(`
      DELETE FROM shared_state.${table} WHERE key IN (
        SELECT key FROM shared_state.${table} WHERE ${expired} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
      )`)
    total += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH) break
  }
  return total
}
