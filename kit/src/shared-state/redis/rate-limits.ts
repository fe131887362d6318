import type { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { Logger } from '../../log/logger.ts'
import { createRateLimits, type RateLimits } from '../rate-limits.ts'
import { PREFIX } from './client.ts'

/** RateLimits on Redis; windows are measured by the server's clock. */
export function createRedisRateLimits(client: Redis, log: Logger): RateLimits {
  return createRateLimits(
    (options) => new RateLimiterRedis({ ...options, storeClient: client, keyPrefix: `${PREFIX}rate` }),
    log,
  )
}
