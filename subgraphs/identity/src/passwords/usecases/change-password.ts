import type { Viewer } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import { InvalidCredentialsError } from '../../sessions/session.errors.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import type { ChoosePassword } from '../choose-password.ts'
import type { Passwords } from '../passwords.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  passwords: Passwords
  choosePassword: ChoosePassword
  attempts: Attempts
  requireFresh: RequireFresh
  now: () => number
}

const PER_SESSION = 10

/**
 * Gives a person another password; all their other sessions end.
 * @throws StepUpRequiredError, InvalidCredentialsError, InvalidInputError, RateLimitedError
 */
export const changePassword =
  (deps: Deps) =>
  async (
    input: { currentPassword: string; newPassword: string },
    viewer: Viewer,
    device: Device,
  ): Promise<{ endedSessions: number }> => {
    await deps.requireFresh(viewer)
    await deps.attempts.count('change-password', viewer.sessionId, PER_SESSION)
    const { userId } = viewer
    const user = await deps.db.user.findUniqueOrThrow({ where: { id: userId }, include: { totp: true } })
    if (!(await deps.passwords.matches(input.currentPassword, user.passwordHash))) throw new InvalidCredentialsError()
    const { hash, checked } = await deps.choosePassword(input.newPassword, {
      field: 'newPassword',
      secondFactor: Boolean(user.totp?.confirmedAt),
      known: [user.email, user.name],
    })
    return deps.transact(async ({ tx, endSessions }) => {
      const at = deps.now()
      const { count } = await tx.user.updateMany({
        where: { id: userId, passwordHash: user.passwordHash },
        data: { passwordHash: hash },
      })
      // Changed by someone else in this moment: what was shown here is the current password no more.
      if (count === 0) throw new InvalidCredentialsError()
      const ended = await endSessions({ userId, exceptId: viewer.sessionId }, 'password changed')
      // A link that was asked for before is no way around the new password.
      await tx.mailLink.updateMany({
        where: { userId, purpose: 'RESET_PASSWORD', closedAt: null },
        data: { closedAt: new Date(at) },
      })
      // Other devices are strangers until they know the new password.
      const session = await tx.session.findUnique({ where: { id: viewer.sessionId } })
      await tx.device.deleteMany({
        where: { userId, ...(session?.deviceHash && { hash: { not: session.deviceHash } }) },
      })
      await tx.session.update({ where: { id: viewer.sessionId }, data: { authenticatedAt: new Date(at) } })
      await noteEvent(tx, { type: 'password.changed', userId, device, at, details: { checked } })
      await sendMail(tx, {
        userId,
        template: 'password-changed',
        values: { at: new Date(at).toISOString(), ip: device.ip },
      })
      return { endedSessions: ended.length }
    })
  }
