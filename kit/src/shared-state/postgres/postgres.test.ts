import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../log/logger.ts'
import { createTestDatabase } from '../../testing/test-database.ts'
import { connectSharedState, type SharedState } from '../connect.ts'
import { describePubSubContract } from '../pubsub.contract.ts'
import { describeRateLimitsContract } from '../rate-limits.contract.ts'
import { describeReplayContract } from '../replay.contract.ts'
import { createPostgresRateLimits } from './rate-limits.ts'
import { createPostgresReplay } from './replay.ts'
import { createTables, purgeExpired } from './tables.ts'

const log = createLogger('test', { level: 'silent', pretty: false })

/** Two processes on one empty database. */
async function twoProcesses() {
  const database = await createTestDatabase()
  const [state, other] = await Promise.all([
    connectSharedState({ databaseUrl: database.url, log }),
    connectSharedState({ databaseUrl: database.url, log }),
  ])
  const brokenPool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
  return {
    database,
    state,
    other,
    brokenPool,
    async close() {
      await Promise.all([state.close(), other.close(), brokenPool.end()])
      await database.drop()
    },
  }
}

describePubSubContract('PostgreSQL', async () => {
  const { database, state, other, close } = await twoProcesses()
  const admin = new Pool({ connectionString: database.url, max: 1 })
  return {
    pubsub: state.pubsub,
    other: other.pubsub,
    async dropListener() {
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'archivolt_pubsub'`,
      )
    },
    async close() {
      await admin.end()
      // The contract closes pub/sub by itself once; closing again must be harmless.
      await close()
    },
  }
})

describeReplayContract('PostgreSQL', async () => {
  const { state, other, brokenPool, close } = await twoProcesses()
  return { replay: state.replay, other: other.replay, broken: createPostgresReplay(brokenPool), close }
})

describeRateLimitsContract('PostgreSQL', async () => {
  const { state, other, brokenPool, close } = await twoProcesses()
  return {
    rateLimits: state.rateLimits,
    other: other.rateLimits,
    broken: createPostgresRateLimits(brokenPool, log),
    close,
  }
})

describe('shared state on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let pool: Pool
  beforeAll(async () => {
    database = await createTestDatabase()
    pool = new Pool({ connectionString: database.url })
    pool.on('error', () => {})
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  it('is created once by ten processes that start at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => createTables(pool)))
    const { rows } = await pool.query(
      `SELECT relname, relpersistence FROM pg_class WHERE relnamespace = 'shared_state'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { relname: 'rate_limits', relpersistence: 'u' },
      { relname: 'replay', relpersistence: 'p' },
    ])
  })

  it('purges expired rows only', async () => {
    await createTables(pool)
    await pool.query(`
      INSERT INTO shared_state.replay SELECT 'old' || n, now() - interval '1 s' FROM generate_series(1, 2500) n;
      INSERT INTO shared_state.replay VALUES ('new', now() + interval '1 min');
      INSERT INTO shared_state.rate_limits VALUES ('old', 1, 1), ('new', 1, extract(epoch from now()) * 1000 + 60000)`)
    expect(await purgeExpired(pool)).toBe(2501)
    const { rows } = await pool.query(
      'SELECT key FROM shared_state.replay UNION ALL SELECT key FROM shared_state.rate_limits',
    )
    expect(rows).toEqual([{ key: 'new' }, { key: 'new' }])
  })

  it('checks that the store answers', async () => {
    const state: SharedState = await connectSharedState({ databaseUrl: database.url, log })
    await state.check()
    await state.close()
    await expect(state.check()).rejects.toThrow()
  })

  it('refuses to start without a place, and on a server that is not there', async () => {
    await expect(connectSharedState({ log })).rejects.toThrow(/SHARED_DATABASE_URL or REDIS_URL/)
    await expect(connectSharedState({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', log })).rejects.toThrow(
      /ECONNREFUSED/,
    )
  })
})
