import { Prisma, type PrismaClient } from '../../../prisma/client/client.ts'
import type { OpenSession, OpenedSession, Device } from '../../sessions/usecases/open-session.ts'
import type { LimitAttempts } from '../../sessions/limit-attempts.ts'
import type { Passwords } from '../passwords.ts'
import { normalizeEmail, normalizeName, normalizePassword } from '../user.ts'
import { EmailTakenError, RegistrationClosedError } from '../user.errors.ts'

interface Deps {
  db: PrismaClient
  passwords: Passwords
  openSession: OpenSession
  limitAttempts: LimitAttempts
  registrationOpen: boolean
}

/**
 * Opens an account and signs its person in.
 * @throws InvalidInputError, EmailTakenError, RegistrationClosedError, RateLimitedError
 */
export const register =
  (deps: Deps) =>
  async (input: { email: string; password: string; name: string }, device: Device): Promise<OpenedSession> => {
    if (!deps.registrationOpen) throw new RegistrationClosedError()
    const email = normalizeEmail(input.email)
    const name = normalizeName(input.name)
    const password = normalizePassword(input.password)
    await deps.limitAttempts('register', { ip: device.ip })
    const passwordHash = await deps.passwords.hash(password)
    try {
      const user = await deps.db.user.create({ data: { email, name, passwordHash } })
      return await deps.openSession(user, device)
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new EmailTakenError()
      throw error
    }
  }
