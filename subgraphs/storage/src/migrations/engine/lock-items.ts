import type { Migration, PrismaClient } from '../../../prisma/client/client.ts'

/**
 * Has the rest of the transaction look up rows by index alone. Every statement here is about a batch, but the tables have
 * just grown by thousands of rows that no statistics know of yet: what is read whole then is read for every row.
 */
export async function byIndex(tx: Pick<PrismaClient, '$queryRaw'>): Promise<void> {
  await tx.$queryRaw`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`
}

/**
 * To be the first statement of every transaction that changes items. Each change of items also changes the row of their
 * sums; whoever takes that row first can meet nobody who waits for it while holding items. What follows is looked up by index alone.
 */
export function lockItems(db: Pick<PrismaClient, '$queryRaw'>, { id, direction }: Pick<Migration, 'id' | 'direction'>) {
  return db.$queryRaw`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
    FROM "migration_progress"
    WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction" FOR UPDATE`
}
