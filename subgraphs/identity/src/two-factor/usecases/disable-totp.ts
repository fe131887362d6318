import type { Viewer } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { checkLength, type PasswordPolicy } from '../../passwords/password-policy.ts'
import type { Passwords } from '../../passwords/passwords.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import { InvalidCredentialsError } from '../../sessions/session.errors.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { InvalidCodeError, TwoFactorStateError } from '../two-factor.errors.ts'
import type { CheckFactor } from './check-factor.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  passwords: Passwords
  policy: PasswordPolicy
  attempts: Attempts
  checkFactor: CheckFactor
  now: () => number
}

const PER_SESSION = 10

/**
 * Turns two-factor sign-in off; both factors are shown for it. A password that was short enough only beside a second
 * factor has to be changed before.
 * @throws InvalidCredentialsError, InvalidCodeError, InvalidInputError, TwoFactorStateError, RateLimitedError
 */
export const disableTotp =
  (deps: Deps) =>
  async (input: { password: string; code: string }, viewer: Viewer, device: Device): Promise<void> => {
    await deps.attempts.count('disable-totp', viewer.sessionId, PER_SESSION)
    const { userId } = viewer
    const user = await deps.db.user.findUnique({ where: { id: userId }, include: { totp: true } })
    if (!user?.totp?.confirmedAt) throw new TwoFactorStateError(false)
    if (!(await deps.passwords.matches(input.password, user.passwordHash))) throw new InvalidCredentialsError()
    checkLength(input.password, deps.policy, { field: 'password', secondFactor: false })
    if (!(await deps.checkFactor(userId, input.code, device))) throw new InvalidCodeError()
    await deps.transact(async ({ tx }) => {
      const { count } = await tx.totp.deleteMany({ where: { userId, confirmedAt: { not: null } } })
      if (count === 0) throw new TwoFactorStateError(false)
      await tx.backupCode.deleteMany({ where: { userId } })
      const at = deps.now()
      await noteEvent(tx, { type: 'two-factor.disabled', userId, device, at })
      await sendMail(tx, {
        userId,
        template: 'two-factor-off',
        values: { at: new Date(at).toISOString(), ip: device.ip },
      })
    })
  }
