import { createHash } from 'node:crypto'
import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'

/** Tries per quarter of an hour: generous for a person, useless for a guesser. */
const WINDOW_SECONDS = 15 * 60
const PER_ACCOUNT = 10
const PER_ADDRESS = 300

export interface LimitAttempts {
  (kind: string, at: { ip: string; account?: string }): Promise<void>
  /** Forgets the tries of an account whose owner has just proved themselves: only failures are held against it. */
  forgive(kind: string, account: string): Promise<void>
}

// Hashed: whoever reads the counters learns no addresses.
const keyOf = (kind: string, account: string) =>
  `${kind}:account:${createHash('sha256').update(account).digest('base64url')}`

/** Counts one try on a credential path, per account and per address. @throws RateLimitedError when either is used up */
export function limitAttempts({ rateLimits }: { rateLimits: RateLimits }): LimitAttempts {
  const count = async (kind: string, at: { ip: string; account?: string }): Promise<void> => {
    const counted = [rateLimits.consume(`${kind}:ip:${at.ip}`, { points: PER_ADDRESS, windowSeconds: WINDOW_SECONDS })]
    if (at.account) {
      counted.push(rateLimits.consume(keyOf(kind, at.account), { points: PER_ACCOUNT, windowSeconds: WINDOW_SECONDS }))
    }
    const refused = (await Promise.all(counted)).filter((answer) => !answer.allowed)
    if (refused.length) throw new RateLimitedError(Math.max(...refused.map((answer) => answer.retryAfterSeconds)))
  }
  return Object.assign(count, { forgive: (kind: string, account: string) => rateLimits.reset(keyOf(kind, account)) })
}
