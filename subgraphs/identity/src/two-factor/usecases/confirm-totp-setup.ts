import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { stepOf } from '../two-factor.ts'
import { InvalidCodeError, TwoFactorStateError } from '../two-factor.errors.ts'
import { replaceBackupCodes } from './regenerate-backup-codes.ts'
import { takeStep, totpPlace } from './check-factor.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  sealer: Sealer
  backupKey: Buffer
  attempts: Attempts
  requireFresh: RequireFresh
  now: () => number
}

const PER_SESSION = 20

/**
 * Turns two-factor sign-in on, with a code of the app that the secret was given to.
 * @returns ten backup codes, shown this once
 * @throws StepUpRequiredError, TwoFactorStateError, InvalidCodeError, RateLimitedError
 */
export const confirmTotpSetup =
  (deps: Deps) =>
  async (code: string, viewer: Viewer, device: Device): Promise<string[]> => {
    await deps.requireFresh(viewer)
    await deps.attempts.count('confirm-totp', viewer.sessionId, PER_SESSION)
    const { userId } = viewer
    const totp = await deps.db.totp.findUnique({ where: { userId } })
    if (!totp || totp.confirmedAt) throw new TwoFactorStateError(totp !== null)
    const now = deps.now()
    const step = stepOf(deps.sealer.open(totp.secret, totpPlace(userId)), code, now)
    if (step === null) throw new InvalidCodeError()
    return deps.transact(async ({ tx }) => {
      const { count } = await tx.totp.updateMany({
        where: { userId, confirmedAt: null, secret: totp.secret },
        data: { confirmedAt: new Date(now) },
      })
      if (count === 0) throw new TwoFactorStateError(true)
      await takeStep(tx, userId, step)
      await noteEvent(tx, { type: 'two-factor.enabled', userId, device, at: now })
      await sendMail(tx, {
        userId,
        template: 'two-factor-on',
        values: { at: new Date(now).toISOString(), ip: device.ip },
      })
      return replaceBackupCodes(tx, deps.backupKey, userId)
    })
  }
