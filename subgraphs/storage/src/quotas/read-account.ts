import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import { groupLimit, ownBytes } from './quota-account.ts'

interface Account {
  used: bigint
  reserved: bigint
  own: bigint
  limit: bigint | null
}

/**
 * What a person has stored and may store, in bytes. The limit is the person's own, else the highest of their groups,
 * else the default of the vault.
 * @param groups the person's groups; null when they are not known, and those of the last upload count
 */
export async function accountOf(
  db: PrismaClient,
  userId: string,
  groups: readonly string[] | null,
  defaultLimit: number | null,
): Promise<Account> {
  const [account] = await db.$queryRaw<Account[]>`
    SELECT coalesce(a."used", 0) AS used, coalesce(a."reserved", 0) AS reserved, ${ownBytes(userId)} AS own,
      coalesce(a."limit", ${groupLimit(Prisma.sql`coalesce(${groups}::text[], a."groups")`)}, ${defaultLimit}::bigint) AS limit
    FROM (SELECT 1) one LEFT JOIN "quota_accounts" a ON a."user_id" = ${userId}::uuid`
  return account as Account
}
