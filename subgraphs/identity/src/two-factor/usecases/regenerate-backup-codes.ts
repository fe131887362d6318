import type { Viewer } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { hashBackupCode, newBackupCodes } from '../two-factor.ts'
import { TwoFactorStateError } from '../two-factor.errors.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  backupKey: Buffer
  requireFresh: RequireFresh
  now: () => number
}

/**
 * Makes ten new backup codes, shown this once; the old ones are worth nothing from then on.
 * @throws StepUpRequiredError, TwoFactorStateError
 */
export const regenerateBackupCodes =
  (deps: Deps) =>
  async (viewer: Viewer, device: Device): Promise<string[]> => {
    await deps.requireFresh(viewer)
    const { userId } = viewer
    return deps.transact(async ({ tx }) => {
      const totp = await tx.totp.findUnique({ where: { userId } })
      if (!totp?.confirmedAt) throw new TwoFactorStateError(false)
      const at = deps.now()
      await noteEvent(tx, { type: 'backup-codes.regenerated', userId, device, at })
      await sendMail(tx, {
        userId,
        template: 'backup-codes-renewed',
        values: { at: new Date(at).toISOString(), ip: device.ip },
      })
      return replaceBackupCodes(tx, deps.backupKey, userId)
    })
  }

/** Throws the old codes away and keeps hashes of new ones, which it returns. */
export async function replaceBackupCodes(tx: Prisma.TransactionClient, key: Buffer, userId: string): Promise<string[]> {
  // The row of the authenticator is the lock: two renewals at once leave one set.
  await tx.$executeRaw`SELECT 1 FROM "totp" WHERE "user_id" = ${userId}::uuid FOR UPDATE`
  await tx.backupCode.deleteMany({ where: { userId } })
  const codes = newBackupCodes()
  await tx.backupCode.createMany({ data: codes.map((code) => ({ userId, hash: hashBackupCode(key, userId, code)! })) })
  return codes
}
