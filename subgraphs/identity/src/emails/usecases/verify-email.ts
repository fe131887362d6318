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

/** Takes an address for its person's, by the link that was sent to it. @throws LinkExpiredError, RateLimitedError */
export const verifyEmail =
  (deps: Deps) =>
  async (token: string, device: Device): Promise<void> => {
    await deps.attempts.admit('use-link', { ip: device.ip })
    await deps.transact(async ({ tx }) => {
      const link = await deps.links.use(tx, ['VERIFY_EMAIL'], token)
      const at = deps.now()
      const { count } = await tx.user.updateMany({
        where: { id: link.userId, email: link.email },
        data: { emailVerifiedAt: new Date(at) },
      })
      if (count === 0) throw new LinkExpiredError()
      await noteEvent(tx, { type: 'email.verified', userId: link.userId, device, at })
    })
  }
