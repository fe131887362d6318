import { hash, verify } from '@node-rs/argon2'

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface Passwords {
  /** A PHC string of Argon2id. */
  hash(password: string): Promise<string>
  /** Whether the password is the one behind `stored`; with null it costs the same time and is never right. */
  matches(password: string, stored: string | null): Promise<boolean>
}

/** Argon2id; a miss on an unknown account takes as long as a wrong password, so that time tells nothing. */
export async function createPasswords(): Promise<Passwords> {
  const decoy = await hash('no account has this password', PARAMETERS)
  return {
    hash: (password) => hash(password, PARAMETERS),
    async matches(password, stored) {
      const right = await verify(stored ?? decoy, password.normalize('NFC'))
      return right && stored !== null
    },
  }
}
