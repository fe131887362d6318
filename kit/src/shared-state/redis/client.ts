import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../../log/logger.ts'
import { atMostEvery } from '../at-most-every.ts'
import { reasonOf } from '../reason-of.ts'

export const PREFIX = 'archivolt:'

/**
 * A connected ioredis client that fails fast: a command neither waits for a lost connection nor is sent twice.
 * It connects again by itself, with growing pauses up to 2 s.
 * @throws when the server does not answer at the start.
 */
export async function connectRedis(url: string, log: Logger, options: RedisOptions = {}): Promise<Redis> {
  const client = new Redis(url, {
    lazyConnect: true,
    keepAlive: 10_000,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
    ...options,
  })
  client.on(
    'error',
    atMostEvery(60_000, (error: Error) => log.warn({ reason: reasonOf(error) }, 'Redis connection failed')),
  )
  try {
    await client.connect()
  } catch (error) {
    client.disconnect()
    throw error
  }
  return client
}
