import { sendMail } from '@archivolt/kit/mail/send-mail'
import { Prisma, type MailLink } from '../../../prisma/client/client.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { LinkExpiredError } from '../email.errors.ts'
import type { Links } from '../links.ts'

interface Deps {
  transact: Transact
  attempts: Attempts
  links: Links
  now: () => number
}

const PURPOSES = ['CHANGE_EMAIL_OLD', 'CHANGE_EMAIL_NEW'] as const

/**
 * Agrees to a change of address for one of the two addresses.
 * @returns whether the change is made: with the second of the two
 * @throws LinkExpiredError, RateLimitedError
 */
export const confirmEmailChange =
  (deps: Deps) =>
  async (token: string, device: Device): Promise<boolean> => {
    await deps.attempts.admit('use-link', { ip: device.ip })
    try {
      return await deps.transact(async ({ tx }) => {
        const link = await deps.links.use(tx, PURPOSES, token)
        const { userId, newEmail } = link
        // Both agree at once: the second waits here, and sees the first.
        await tx.$executeRaw`SELECT 1 FROM "users" WHERE "id" = ${userId}::uuid FOR UPDATE`
        if (!newEmail || !(await otherAgreed(tx, link))) return false
        const at = deps.now()
        const user = await tx.user.findUniqueOrThrow({ where: { id: userId } })
        await tx.user.update({ where: { id: userId }, data: { email: newEmail, emailVerifiedAt: new Date(at) } })
        await closeLinksOf(tx, userId, at)
        await noteEvent(tx, { type: 'email.changed', userId, device, at })
        for (const to of [user.email, newEmail])
          await sendMail(tx, {
            userId,
            to,
            template: 'email-changed',
            values: { newEmail, at: new Date(at).toISOString() },
          })
        return true
      })
    } catch (error) {
      // The address got an account of its own in the meantime.
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new LinkExpiredError()
      throw error
    }
  }

/** The other link of the same wish: both were made in one transaction, at one time. */
async function otherAgreed(tx: Prisma.TransactionClient, link: MailLink): Promise<boolean> {
  const { userId, newEmail, createdAt } = link
  const purpose = PURPOSES.find((each) => each !== link.purpose)
  const where = { userId, purpose, newEmail, createdAt, usedAt: { not: null } }
  return (await tx.mailLink.count({ where })) > 0
}

/** Links to the old address, a password reset say, are worth nothing any more. */
async function closeLinksOf(tx: Prisma.TransactionClient, userId: string, at: number): Promise<void> {
  await tx.mailLink.updateMany({ where: { userId, closedAt: null }, data: { closedAt: new Date(at) } })
}
