import { createHash } from 'node:crypto'
import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'

/** Tries per quarter of an hour: generous for a person, useless for a guesser. */
const WINDOW_SECONDS = 15 * 60
const PER_ACCOUNT = 10
const PER_ADDRESS = 100

export type LimitAttempts = (kind: string, at: { ip: string; account?: string }) => Promise<void>

/** Counts one try on a credential path, per account and per address. @throws RateLimitedError when either is used up */
export const limitAttempts =
  (deps: { rateLimits: RateLimits }): LimitAttempts =>
  async (kind, at) => {
    const counted = [
      deps.rateLimits.consume(`${kind}:ip:${at.ip}`, { points: PER_ADDRESS, windowSeconds: WINDOW_SECONDS }),
    ]
    if (at.account) {
      // Hashed: whoever reads the counters learns no addresses.
      const account = createHash('sha256').update(at.account).digest('base64url')
      counted.push(
        deps.rateLimits.consume(`${kind}:account:${account}`, { points: PER_ACCOUNT, windowSeconds: WINDOW_SECONDS }),
      )
    }
    const refused = (await Promise.all(counted)).filter((answer) => !answer.allowed)
    if (refused.length) throw new RateLimitedError(Math.max(...refused.map((answer) => answer.retryAfterSeconds)))
  }
