import type { Viewer } from '@archivolt/kit/identity/identity'
import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { normalizeEmail } from '../../users/user.ts'
import type { Links } from '../links.ts'

interface Deps {
  transact: Transact
  attempts: Attempts
  links: Links
  requireFresh: RequireFresh
  now: () => number
}

const PER_SESSION = 10

/**
 * Asks both addresses to agree to a change. One that has an account already is told so by mail, and the answer here is
 * the same.
 * @throws StepUpRequiredError, InvalidInputError, RateLimitedError
 */
export const requestEmailChange =
  (deps: Deps) =>
  async (address: string, viewer: Viewer, device: Device): Promise<void> => {
    await deps.requireFresh(viewer)
    await deps.attempts.count('change-email', viewer.sessionId, PER_SESSION)
    const newEmail = normalizeEmail(address)
    await deps.transact(async ({ tx }) => {
      const user = await tx.user.findUniqueOrThrow({ where: { id: viewer.userId } })
      if (user.email === newEmail) throw new InvalidInputError('email', 'This is your address already.')
      const { id: userId, email } = user
      const other = await tx.user.findUnique({ where: { email: newEmail } })
      const byOld = await deps.links.make(tx, 'CHANGE_EMAIL_OLD', { userId, email, newEmail })
      const byNew = await deps.links.make(tx, 'CHANGE_EMAIL_NEW', { userId, email: newEmail, newEmail })
      if (!byOld || !byNew) return
      await sendMail(tx, { userId, template: 'change-email', values: { linkId: byOld.id } })
      if (other) await sendMail(tx, { userId: other.id, template: 'account-exists' })
      else await sendMail(tx, { userId, template: 'change-email', values: { linkId: byNew.id } })
      await noteEvent(tx, { type: 'email.change-requested', userId, device, at: deps.now() })
    })
  }
