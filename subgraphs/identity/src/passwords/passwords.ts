import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { createGate } from './gate.ts'

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`

/** Hashing runs in libuv's four threads, which files and DNS need too. */
const AT_ONCE = Math.max(1, Math.min(3, availableParallelism()))
/** Some 20 ms each: whoever comes after these would wait for seconds. */
const WAITING = 200

export interface Passwords {
  /** A PHC string of Argon2id. @throws RateLimitedError when too many wait */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one behind `stored`; with null it costs the same time and is never right.
   * @throws RateLimitedError when too many wait
   */
  matches(password: string, stored: string | null): Promise<boolean>
  /** Whether `stored` was made with other parameters than those of today. */
  isOutdated(stored: string): boolean
}

/** Argon2id; a miss on an unknown account takes as long as a wrong password, so that time tells nothing. */
export async function createPasswords(limits = { atOnce: AT_ONCE, waiting: WAITING }): Promise<Passwords> {
  const decoy = await hash('no account has this password', PARAMETERS)
  const gate = createGate(limits)
  return {
    hash: (password) => gate.run(() => hash(password, PARAMETERS)),
    async matches(password, stored) {
      const right = await gate.run(() => verify(stored ?? decoy, password.normalize('NFC')))
      return right && stored !== null
    },
    isOutdated: (stored) => !stored.startsWith(PREFIX),
  }
}
