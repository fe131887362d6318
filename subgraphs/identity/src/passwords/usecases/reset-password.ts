import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { LinkExpiredError } from '../../emails/email.errors.ts'
import type { Links } from '../../emails/links.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import { hashDevice, newDeviceId, type Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { SessionCookies } from '../../sessions/session-cookies.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import type { ChoosePassword } from '../choose-password.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  links: Links
  choosePassword: ChoosePassword
  attempts: Attempts
  cookies: SessionCookies
  now: () => number
}

/**
 * Gives an account another password, by the link that was sent to its address. Every session ends, and nobody is signed
 * in: the second factor is asked for as ever. This device is no stranger to the account from now on.
 * @returns `set-cookie` values
 * @throws LinkExpiredError, InvalidInputError, RateLimitedError
 */
export const resetPassword =
  (deps: Deps) =>
  async (input: { token: string; password: string }, device: Device): Promise<string[]> => {
    await deps.attempts.admit('use-link', { ip: device.ip })
    // Looked at first: a password that is refused uses no link up, and no link means no look at passwords.
    const link = await deps.links.look(deps.db, ['RESET_PASSWORD'], input.token)
    const user = await deps.db.user.findUnique({ where: { id: link.userId }, include: { totp: true } })
    if (!user?.active || user.email !== link.email) throw new LinkExpiredError()
    const { hash, checked } = await deps.choosePassword(input.password, {
      field: 'password',
      secondFactor: Boolean(user.totp?.confirmedAt),
      known: [user.email, user.name],
    })
    const newId = device.hash ? null : newDeviceId()
    await deps.transact(async ({ tx, endSessions }) => {
      await deps.links.use(tx, ['RESET_PASSWORD'], input.token)
      const at = deps.now()
      const { id: userId } = user
      // Whoever reads the mails of an address owns it.
      const emailVerifiedAt = user.emailVerifiedAt ?? new Date(at)
      await tx.user.update({ where: { id: userId }, data: { passwordHash: hash, emailVerifiedAt } })
      const ended = await endSessions({ userId }, 'password reset')
      await tx.challenge.updateMany({ where: { userId, usedAt: null }, data: { usedAt: new Date(at) } })
      await tx.device.deleteMany({ where: { userId } })
      const deviceHash = device.hash ?? hashDevice(newId)!
      await tx.device.create({ data: { userId, hash: deviceHash, createdAt: new Date(at), lastUsedAt: new Date(at) } })
      const details = { checked, endedSessions: ended.length }
      await noteEvent(tx, { type: 'password.reset', userId, device, at, details })
      await sendMail(tx, {
        userId,
        template: 'password-changed',
        values: { at: new Date(at).toISOString(), ip: device.ip },
      })
    })
    await deps.attempts.forgive('login', user.email)
    return newId ? [deps.cookies.device(newId)] : []
  }
