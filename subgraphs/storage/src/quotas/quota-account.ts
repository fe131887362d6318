import { Prisma } from '../../prisma/client/client.ts'
import { QuotaExceededError } from './quota.errors.ts'

/* Every function here changes one row of `quota_accounts` in the caller's transaction; that row is the lock which makes
   the sums exact however many uploads begin and end at once. Sizes are bytes. */

type Tx = Prisma.TransactionClient

/** What room there is for an upload. */
export interface Room {
  /** What a person may store unless the account or a group says otherwise; null for no limit. */
  defaultLimit: number | null
  /** The person's groups; null when whoever asks does not know them, and what was known last counts. */
  groups: readonly string[] | null
  /** Whether the bytes go to the person's own account at a cloud, which is not for the vault to measure out. */
  own: boolean
}

/**
 * Sets room aside for an upload. `used` and `reserved` are all that a person has; the limit is one for what the vault
 * keeps, so bytes in the person's own accounts do not count against it.
 * @throws QuotaExceededError, with nothing reserved
 */
export async function reserve(tx: Tx, userId: string, size: number, room: Room): Promise<void> {
  // Also the lock, before anything is summed up: the second statement sees what others have committed until then.
  await tx.$executeRaw`
    INSERT INTO "quota_accounts" ("user_id", "groups") VALUES (${userId}::uuid, ${room.groups ?? []}::text[])
    ON CONFLICT ("user_id") DO UPDATE SET "groups" = coalesce(${room.groups}::text[], "quota_accounts"."groups")`
  const reserved = await tx.$executeRaw`
    UPDATE "quota_accounts" a SET "reserved" = "reserved" + ${size}::bigint
    WHERE "user_id" = ${userId}::uuid AND (${room.own} OR "used" + "reserved" + ${size}::bigint - ${ownBytes(userId)}
      <= coalesce("limit", ${groupLimit(Prisma.sql`a."groups"`)}, ${room.defaultLimit}::bigint, 9223372036854775807))`
  if (reserved === 0) throw new QuotaExceededError()
}

/** Bytes that a person keeps, or is just sending, in accounts of their own. Nothing is read for those who have none. */
export function ownBytes(userId: string): Prisma.Sql {
  return Prisma.sql`(
    SELECT coalesce(sum(sizes."size"), 0)::bigint FROM "storage_backends" s CROSS JOIN LATERAL (
      SELECT b."size" FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
      WHERE r."backend_id" = s."id" AND r."state" = 'VERIFIED'
      UNION ALL
      SELECT u."declared_size" FROM "uploads" u
      WHERE u."owner_id" = s."owner_id" AND u."backend_id" = s."id" AND u."state" IN ('PENDING', 'RECEIVING', 'RECEIVED')
    ) sizes WHERE s."owner_id" = ${userId}::uuid)`
}

/** The highest limit of these groups; null when none of them has one. */
export function groupLimit(groups: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT max(g."limit") FROM "quota_groups" g WHERE g."name" = ANY(${groups}))`
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
