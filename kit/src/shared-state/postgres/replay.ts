import type { Pool } from 'pg'
import { checkTtl, type ReplayStore } from '../replay.ts'

/** A ReplayStore on `shared_state.replay`; times are the server's. */
export function createPostgresReplay(pool: Pool): ReplayStore {
  return {
    async claim(key, ttlSeconds) {
      checkTtl(ttlSeconds)
      // clock_timestamp: a claim that waited for another one's row must judge it by the time it got there.
      const { rowCount } = await pool.query(
        `INSERT INTO shared_state.replay AS old (key, expires_at)
         VALUES ($1, clock_timestamp() + make_interval(secs => $2))
         ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE old.expires_at <= clock_timestamp()`,
        [key, ttlSeconds],
      )
      return rowCount === 1
    },
    async has(keys) {
      if (keys.length === 0) return false
      const { rows } = await pool.query<{ found: boolean }>(
        `SELECT EXISTS (
           SELECT FROM shared_state.replay WHERE key = ANY($1::text[]) AND expires_at > clock_timestamp()
         ) AS found`,
        [keys],
      )
      return rows[0]!.found
    },
  }
}
