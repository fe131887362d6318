import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import { knownDevice } from '../../sessions/usecases/login.ts'
import { GUESS_WINDOW_MS, hashBackupCode, MAX_GUESSES, stepOf } from '../two-factor.ts'

export type Factor = 'totp' | 'backup code'

/**
 * Which factor of the person a code is, using it up; null for a wrong code.
 * @throws RateLimitedError when too many were wrong lately
 */
export type CheckFactor = (userId: string, code: string, device: Device) => Promise<Factor | null>

interface Deps {
  db: PrismaClient
  sealer: Sealer
  backupKey: Buffer
  outbox: { kick(): void }
  now: () => number
}

export const totpPlace = (userId: string) => ({ owner: userId, field: 'totp.secret' })

/**
 * Guesses are counted in the transaction that judges them, on one row: however many come at once, they pass one by one,
 * and at most the cap is judged; when judging fails for a fault of ours, the guess does not count. A device the account
 * knows has a count of its own, so that a stranger with the password cannot keep its owner out.
 */
export const checkFactor =
  (deps: Deps): CheckFactor =>
  async (userId, code, device) => {
    const known = await knownDevice(deps.db, userId, device)
    const origin = known ? Buffer.from(known).toString('base64url') : 'strangers'
    const factor = await deps.db.$transaction(async (tx) => {
      const now = deps.now()
      const count = await takeGuess(tx, userId, origin, now)
      const found = (await useTotp(deps, tx, userId, code, now)) ?? (await useBackupCode(deps, tx, userId, code, now))
      if (found) await tx.factorAttempts.deleteMany({ where: { userId, origin } })
      else
        await noteEvent(tx, {
          type: 'two-factor.failed',
          userId,
          actorId: null,
          device,
          at: now,
          details: { guesses: count, capReached: count === MAX_GUESSES },
        })
      return found
    })
    deps.outbox.kick()
    return factor
  }

/** @returns which guess of the window this is @throws RateLimitedError */
async function takeGuess(tx: Prisma.TransactionClient, userId: string, origin: string, now: number): Promise<number> {
  const at = new Date(now)
  const over = new Date(now - GUESS_WINDOW_MS)
  const rows = await tx.$queryRaw<{ count: number }[]>`
    INSERT INTO "factor_attempts" AS old ("user_id", "origin", "count", "since")
    VALUES (${userId}::uuid, ${origin}, 1, ${at})
    ON CONFLICT ("user_id", "origin") DO UPDATE SET
      "count" = CASE WHEN old."since" <= ${over} THEN 1 ELSE old."count" + 1 END,
      "since" = CASE WHEN old."since" <= ${over} THEN ${at} ELSE old."since" END
    WHERE old."since" <= ${over} OR old."count" < ${MAX_GUESSES}
    RETURNING "count"`
  if (rows[0]) return rows[0].count
  const row = await tx.factorAttempts.findUnique({ where: { userId_origin: { userId, origin } } })
  const since = row?.since.getTime() ?? now
  throw new RateLimitedError(Math.max(1, Math.ceil((since + GUESS_WINDOW_MS - now) / 1000)))
}

async function useTotp(
  deps: Deps,
  tx: Prisma.TransactionClient,
  userId: string,
  code: string,
  now: number,
): Promise<Factor | null> {
  const totp = await tx.totp.findUnique({ where: { userId } })
  if (!totp?.confirmedAt) return null
  const step = stepOf(deps.sealer.open(totp.secret, totpPlace(userId)), code, now)
  if (step === null) return null
  return (await takeStep(tx, userId, step)) ? 'totp' : null
}

/** Whether this time step was still unused: of several at once, one gets it. */
export async function takeStep(tx: Prisma.TransactionClient, userId: string, step: number): Promise<boolean> {
  const taken = await tx.$executeRaw`
    UPDATE "totp" SET "last_step" = ${step} WHERE "user_id" = ${userId}::uuid AND "last_step" < ${step}`
  return taken === 1
}

async function useBackupCode(
  deps: Deps,
  tx: Prisma.TransactionClient,
  userId: string,
  code: string,
  now: number,
): Promise<Factor | null> {
  const hash = hashBackupCode(deps.backupKey, userId, code)
  if (!hash) return null
  const { count } = await tx.backupCode.updateMany({
    where: { userId, hash, usedAt: null },
    data: { usedAt: new Date(now) },
  })
  return count === 1 ? 'backup code' : null
}
