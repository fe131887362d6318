import { enqueue } from '@archivolt/kit/jobs/outbox'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { z } from 'zod'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { normalizeEmail } from '../../users/user.ts'
import type { Links } from '../links.ts'
import { requestLinkJob } from '../request-link.job.ts'
import { sendVerification } from './send-verification.ts'

interface Deps {
  transact: Transact
  attempts: Attempts
  links: Links
  now: () => number
}

type Purpose = 'VERIFY_EMAIL' | 'RESET_PASSWORD'

/**
 * Takes the wish for a link, the same way for every address.
 * @throws InvalidInputError for a text that is no address, RateLimitedError per network
 */
export const requestLink =
  (deps: Deps) =>
  async (purpose: Purpose, address: string, device: Device): Promise<void> => {
    const email = normalizeEmail(address)
    await deps.attempts.admit('request-link', { ip: device.ip })
    const payload = { email, purpose, ip: device.ip, requestId: device.requestId }
    await deps.transact(async ({ tx }) => void (await enqueue(tx, requestLinkJob, payload)))
  }

/** Sends the link, if the address has an account that may use it. */
export const fulfilLink =
  (deps: Deps) =>
  ({ email, purpose, ip, requestId }: z.output<typeof requestLinkJob.schema>): Promise<void> =>
    deps.transact(async ({ tx }) => {
      const user = await tx.user.findUnique({ where: { email } })
      if (!user?.active) return
      if (purpose === 'VERIFY_EMAIL') {
        if (!user.emailVerifiedAt) await sendVerification(tx, deps.links, user)
        return
      }
      const link = await deps.links.make(tx, purpose, { userId: user.id, email })
      if (!link) return
      await sendMail(tx, { userId: user.id, template: 'reset-password', values: { linkId: link.id } })
      const device = { ip, requestId }
      await noteEvent(tx, {
        type: 'password.reset-requested',
        userId: user.id,
        actorId: null,
        device,
        at: deps.now(),
      })
    })
