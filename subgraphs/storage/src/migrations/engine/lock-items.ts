import type { Migration, PrismaClient } from '../../../prisma/client/client.ts'

/**
 * To be the first statement of every transaction that changes items. Each change of items also changes the row of their
 * sums; whoever takes that row first can meet nobody who waits for it while holding items.
 */
export function lockItems(db: Pick<PrismaClient, '$queryRaw'>, { id, direction }: Pick<Migration, 'id' | 'direction'>) {
  return db.$queryRaw`SELECT 1 FROM "migration_progress"
    WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction" FOR UPDATE`
}
