import type { Prisma } from '../../prisma/client/client.ts'
import { QuotaExceededError } from './quota.errors.ts'

/* Every function here changes one row of `quota_accounts` in the caller's transaction; that row is the lock which makes
   the sums exact however many uploads begin and end at once. Sizes are bytes. */

type Tx = Prisma.TransactionClient

/**
 * Sets room aside for an upload.
 * @param defaultLimit what a person may store unless the account says otherwise; null for no limit
 * @throws QuotaExceededError, with nothing reserved
 */
export async function reserve(tx: Tx, userId: string, size: number, defaultLimit: number | null): Promise<void> {
  await tx.$executeRaw`INSERT INTO "quota_accounts" ("user_id") VALUES (${userId}::uuid) ON CONFLICT DO NOTHING`
  const reserved = await tx.$executeRaw`
    UPDATE "quota_accounts" SET "reserved" = "reserved" + ${size}::bigint
    WHERE "user_id" = ${userId}::uuid
      AND "used" + "reserved" + ${size}::bigint <= coalesce("limit", ${defaultLimit}::bigint, 9223372036854775807)`
  if (reserved === 0) throw new QuotaExceededError()
}

/** Turns what was set aside into what is stored. */
export async function settle(tx: Tx, userId: string, reserved: number, stored: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE "quota_accounts" SET "reserved" = "reserved" - ${reserved}::bigint, "used" = "used" + ${stored}::bigint
    WHERE "user_id" = ${userId}::uuid`
}

/** Gives back what was set aside for an upload that came to nothing. */
export async function release(tx: Tx, userId: string, reserved: number): Promise<void> {
  await settle(tx, userId, reserved, 0)
}
