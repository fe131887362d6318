import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Passwords } from '../../passwords/passwords.ts'
import { InvalidCodeError } from '../../two-factor/two-factor.errors.ts'
import type { CheckFactor } from '../../two-factor/usecases/check-factor.ts'
import type { Attempts } from '../attempts.ts'
import type { Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import { InvalidCredentialsError } from '../session.errors.ts'
import type { Transact } from '../unit-of-work.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  passwords: Passwords
  attempts: Attempts
  checkFactor: CheckFactor
  /** How long it counts, in milliseconds. */
  withinMs: number
  now: () => number
}

const PER_SESSION = 10

/**
 * Proves again, in a session that goes on, who is there: by the password, and by the second factor where there is one.
 * @returns until when sensitive changes are open
 * @throws InvalidCredentialsError, InvalidCodeError, RateLimitedError
 */
export const reauthenticate =
  (deps: Deps) =>
  async (input: { password: string; code?: string | null }, viewer: Viewer, device: Device): Promise<Date> => {
    // Per session: whoever has taken one over cannot use up the tries of the person's other devices.
    await deps.attempts.count('reauthenticate', viewer.sessionId, PER_SESSION)
    const user = await deps.db.user.findUnique({ where: { id: viewer.userId } })
    const right = await deps.passwords.matches(input.password, user?.active ? user.passwordHash : null)
    if (!user || !right) throw new InvalidCredentialsError()
    const totp = await deps.db.totp.findUnique({ where: { userId: user.id } })
    if (totp?.confirmedAt && !(await deps.checkFactor(user.id, input.code ?? '', device))) throw new InvalidCodeError()
    const now = deps.now()
    await deps.transact(async ({ tx }) => {
      await tx.session.update({ where: { id: viewer.sessionId }, data: { authenticatedAt: new Date(now) } })
      await noteEvent(tx, {
        type: 'session.confirmed',
        userId: user.id,
        device,
        at: now,
        details: { sessionId: viewer.sessionId },
      })
    })
    return new Date(now + deps.withinMs)
  }
