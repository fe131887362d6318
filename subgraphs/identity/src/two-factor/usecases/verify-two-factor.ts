import type { PrismaClient } from '../../../prisma/client/client.ts'
import { EmailNotVerifiedError } from '../../emails/email.errors.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { knownDevice } from '../../sessions/usecases/login.ts'
import type { OpenedSession, OpenSession } from '../../sessions/usecases/open-session.ts'
import { ChallengeExpiredError, InvalidCodeError } from '../two-factor.errors.ts'
import type { CheckFactor } from './check-factor.ts'

interface Deps {
  db: PrismaClient
  checkFactor: CheckFactor
  openSession: OpenSession
  attempts: Attempts
  verificationRequired: boolean
  now: () => number
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Ends a sign-in with the second factor: a code of the authenticator app, or a backup code.
 * @throws ChallengeExpiredError, InvalidCodeError, EmailNotVerifiedError, RateLimitedError
 */
export const verifyTwoFactor =
  (deps: Deps) =>
  async (input: { challengeId: string; code: string }, device: Device): Promise<OpenedSession> => {
    await deps.attempts.admit('two-factor', { ip: device.ip })
    if (!UUID.test(input.challengeId) || input.code.length > 64) throw new ChallengeExpiredError()
    const challenge = await deps.db.challenge.findUnique({ where: { id: input.challengeId }, include: { user: true } })
    const now = deps.now()
    const open = challenge && !challenge.usedAt && challenge.expiresAt.getTime() > now && challenge.user.active
    if (!open) throw new ChallengeExpiredError()
    const { user } = challenge
    const factor = await deps.checkFactor(user.id, input.code, device)
    if (!factor) throw new InvalidCodeError()
    const { count } = await deps.db.challenge.updateMany({
      where: { id: challenge.id, usedAt: null },
      data: { usedAt: new Date(now) },
    })
    if (count === 0) throw new ChallengeExpiredError()
    if (deps.verificationRequired && !user.emailVerifiedAt) throw new EmailNotVerifiedError()
    await deps.attempts.forgive('login', user.email, await knownDevice(deps.db, user.id, device))
    return deps.openSession(user, device, factor)
  }
