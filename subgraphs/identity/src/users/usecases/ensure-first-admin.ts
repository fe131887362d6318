import { randomBytes } from 'node:crypto'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Passwords } from '../../passwords/passwords.ts'
import { normalizeEmail } from '../user.ts'

interface Deps {
  db: PrismaClient
  passwords: Passwords
  given: { email?: string; password?: string }
}

export interface FirstAdmin {
  email: string
  /** Set only when it was made up here; it is shown once and stored nowhere. */
  generatedPassword: string | null
}

/** Any number, but the same in every process: starters at once wait for each other. */
const FIRST_ADMIN_LOCK = 7_402_101
export const DEFAULT_ADMIN_EMAIL = 'admin@archivolt.local'

/**
 * Makes the first account of a vault that has none, from the environment or with a generated password.
 * @returns who was made, or null when the vault has people already
 */
export const ensureFirstAdmin = (deps: Deps) => async (): Promise<FirstAdmin | null> => {
  const email = normalizeEmail(deps.given.email ?? DEFAULT_ADMIN_EMAIL)
  const generatedPassword = deps.given.password ? null : randomBytes(15).toString('base64url')
  // The operator's own word: its length was judged where the environment was read.
  const passwordHash = await deps.passwords.hash((deps.given.password ?? generatedPassword ?? '').normalize('NFC'))
  return deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`
    if ((await tx.user.count()) > 0) return null
    await tx.user.create({
      data: { email, name: 'Administrator', role: 'ADMIN', passwordHash, emailVerifiedAt: new Date() },
    })
    return { email, generatedPassword }
  })
}
