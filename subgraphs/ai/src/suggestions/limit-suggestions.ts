import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { SUGGEST_LIMIT } from './suggestion.ts'

export type LimitSuggestions = (userId: string) => Promise<void>

/** Counts one request for suggestions. @throws RateLimitedError when the person has used up theirs */
export const limitSuggestions =
  (deps: { rateLimits: RateLimits }): LimitSuggestions =>
  async (userId) => {
    const { allowed, retryAfterSeconds } = await deps.rateLimits.consume(`ai:suggest:${userId}`, SUGGEST_LIMIT)
    if (!allowed) throw new RateLimitedError(retryAfterSeconds)
  }
