import type { Pool } from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Logger } from '../../log/logger.ts'
import { createRateLimits, type RateLimits } from '../rate-limits.ts'

/** RateLimits on `shared_state.rate_limits`. Windows are measured by each process's clock. */
export function createPostgresRateLimits(pool: Pool, log: Logger): RateLimits {
  return createRateLimits(
    (options) =>
      new RateLimiterPostgres({
        ...options,
        storeClient: pool,
        storeType: 'pool',
        schemaName: 'shared_state',
        tableName: 'rate_limits',
        tableCreated: true,
        keyPrefix: '',
        clearExpiredByTimeout: false,
      }),
    log,
  )
}
