import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Passwords } from '../../users/passwords.ts'
import type { LimitAttempts } from '../limit-attempts.ts'
import { InvalidCredentialsError } from '../session.errors.ts'
import type { Device, OpenedSession, OpenSession } from './open-session.ts'

interface Deps {
  db: PrismaClient
  passwords: Passwords
  openSession: OpenSession
  limitAttempts: LimitAttempts
}

/** Longer input is not hashed: no password of this vault is that long. */
const MAX_INPUT = 1024

/**
 * Signs in with email and password. An unknown address, a wrong password and a deactivated account are one answer, in
 * the same time.
 * @throws InvalidCredentialsError, RateLimitedError
 */
export const login =
  (deps: Deps) =>
  async (input: { email: string; password: string }, device: Device): Promise<OpenedSession> => {
    if (input.email.length > MAX_INPUT || input.password.length > MAX_INPUT) throw new InvalidCredentialsError()
    const email = input.email.normalize('NFC').trim().toLowerCase()
    await deps.limitAttempts('login', { ip: device.ip, account: email })
    const user = await deps.db.user.findUnique({ where: { email } })
    const right = await deps.passwords.matches(input.password, user?.active ? user.passwordHash : null)
    if (!user || !right) throw new InvalidCredentialsError()
    await deps.limitAttempts.forgive('login', email)
    return deps.openSession(user, device)
  }
