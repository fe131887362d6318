import { createHash } from 'node:crypto'
import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { networkOf } from '@archivolt/kit/net/network-of'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'

/** Tries per quarter of an hour: generous for a person, useless for a guesser. */
const WINDOW_SECONDS = 15 * 60
const PER_ACCOUNT = 10
const PER_DEVICE = 10
const PER_NETWORK = 300
/** What a network has left for an account that others have used up. */
const SLOW = 3

export interface AttemptFrom {
  ip: string
  /** The account it is about, in the form addresses are compared in, whether there is one or not. */
  account?: string
  /** Hash of a device that this account has signed in on before. */
  knownDevice?: Uint8Array | null
}

/**
 * `free`: go on. `slow`: strangers have used up this account's tries, and this network has one of a few left: a right
 * password alone does not count now, a second factor still does. Never answer it differently from a refusal otherwise.
 */
export type Lane = { kind: 'free' } | { kind: 'slow'; refusal: RateLimitedError }

export interface Attempts {
  /** Counts one try on a credential path. @throws RateLimitedError when this caller has none left */
  admit(path: string, from: AttemptFrom): Promise<Lane>
  /** Counts one try that an account's own limit is not for. @throws RateLimitedError */
  count(path: string, of: string, points: number): Promise<void>
  /**
   * Forgets the tries of a caller who has just proved to be the owner: only failures are held against an account. What
   * strangers have tried stays, where the owner was none.
   */
  forgive(path: string, account: string, knownDevice?: Uint8Array | null): Promise<void>
}

// Hashed: whoever reads the counters learns no addresses.
const hashOf = (text: string | Uint8Array) => createHash('sha256').update(text).digest('base64url')

/**
 * The limits on guessing, counted over all processes: per account, per network (an IPv4 address or an IPv6 /64), per
 * known device. Strangers use up only what strangers have; a device that the account was signed in on before has tries
 * of its own (OWASP, "device cookies"), so that nobody can lock a person out of their own devices.
 */
export function createAttempts({ rateLimits }: { rateLimits: RateLimits }): Attempts {
  const take = (key: string, points: number) => rateLimits.consume(key, { points, windowSeconds: WINDOW_SECONDS })
  const accountKey = (path: string, account: string) => `${path}:account:${hashOf(account)}`
  const deviceKey = (path: string, account: string, device: Uint8Array) =>
    `${path}:device:${hashOf(account)}:${hashOf(device)}`

  return {
    async admit(path, { ip, account, knownDevice }) {
      if (account && knownDevice) {
        const own = await take(deviceKey(path, account, knownDevice), PER_DEVICE)
        if (own.allowed) return { kind: 'free' }
      }
      const network = networkOf(ip)
      const [byNetwork, byAccount] = await Promise.all([
        take(`${path}:network:${network}`, PER_NETWORK),
        account ? take(accountKey(path, account), PER_ACCOUNT) : undefined,
      ])
      if (!byNetwork.allowed) throw new RateLimitedError(byNetwork.retryAfterSeconds)
      if (!account || !byAccount || byAccount.allowed) return { kind: 'free' }
      const refusal = new RateLimitedError(byAccount.retryAfterSeconds)
      const slow = await take(`${path}:slow:${hashOf(account)}:${network}`, SLOW)
      if (!slow.allowed) throw refusal
      return { kind: 'slow', refusal }
    },
    async count(path, of, points) {
      const { allowed, retryAfterSeconds } = await take(`${path}:${hashOf(of)}`, points)
      if (!allowed) throw new RateLimitedError(retryAfterSeconds)
    },
    forgive: (path, account, device) =>
      rateLimits.reset(device ? deviceKey(path, account, device) : accountKey(path, account)),
  }
}
