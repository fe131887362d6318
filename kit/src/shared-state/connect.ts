import { Pool } from 'pg'
import type { Logger } from '../log/logger.ts'
import type { PubSub } from './pubsub.ts'
import type { RateLimits } from './rate-limits.ts'
import type { ReplayStore } from './replay.ts'
import { connectPostgresPubSub } from './postgres/pubsub.ts'
import { createPostgresRateLimits } from './postgres/rate-limits.ts'
import { createPostgresReplay } from './postgres/replay.ts'
import { createTables, purgeExpired } from './postgres/tables.ts'
import { reasonOf } from './reason-of.ts'
import { connectRedis } from './redis/client.ts'
import { connectRedisPubSub } from './redis/pubsub.ts'
import { createRedisRateLimits } from './redis/rate-limits.ts'
import { createRedisReplay } from './redis/replay.ts'

/** The little state that all processes of a vault share. */
export interface SharedState {
  pubsub: PubSub
  rateLimits: RateLimits
  replay: ReplayStore
  /** Resolves when the store answers and pub/sub is connected; rejects otherwise, within about 5 s. For health checks. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface SharedStateOptions {
  /** PostgreSQL, used when `redisUrl` is not given. Tables are created in its schema `shared_state`. */
  databaseUrl?: string
  redisUrl?: string
  log: Logger
}

const PURGE_MS = 60_000
const TIMEOUT_MS = 5_000

/**
 * Connects to Redis where its URL is given, otherwise to PostgreSQL.
 * @throws when neither is given, or the server does not answer.
 */
export async function connectSharedState({ databaseUrl, redisUrl, log }: SharedStateOptions): Promise<SharedState> {
  if (redisUrl) return onRedis(redisUrl, log)
  if (databaseUrl) return onPostgres(databaseUrl, log)
  throw new Error('Shared state needs a place: set SHARED_DATABASE_URL or REDIS_URL.')
}

async function onRedis(redisUrl: string, log: Logger): Promise<SharedState> {
  const commands = await connectRedis(redisUrl, log)
  try {
    const pubsub = await connectRedisPubSub({ redisUrl, commands, log })
    return {
      pubsub,
      rateLimits: createRedisRateLimits(commands, log),
      replay: createRedisReplay(commands),
      async check() {
        await Promise.all([commands.ping(), pubsub.check()])
      },
      async close() {
        await pubsub.close()
        commands.disconnect()
      },
    }
  } catch (error) {
    commands.disconnect()
    throw error
  }
}

async function onPostgres(databaseUrl: string, log: Logger): Promise<SharedState> {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: 'archivolt_shared_state',
    max: 5,
    keepAlive: true,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  pool.on('error', (error) => log.warn({ reason: reasonOf(error) }, 'shared state lost a connection'))
  try {
    await createTables(pool)
    const pubsub = await connectPostgresPubSub({ databaseUrl, pool, log })
    const purging = setInterval(() => {
      purgeExpired(pool).catch((error: unknown) =>
        log.warn({ reason: reasonOf(error) }, 'expired shared state was not purged'),
      )
    }, PURGE_MS)
    purging.unref()
    return {
      pubsub,
      rateLimits: createPostgresRateLimits(pool, log),
      replay: createPostgresReplay(pool),
      async check() {
        await Promise.all([pool.query('SELECT 1'), pubsub.check()])
      },
      async close() {
        clearInterval(purging)
        await pubsub.close()
        await pool.end()
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}
