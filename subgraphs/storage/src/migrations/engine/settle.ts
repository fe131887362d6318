import type { Migration, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { MOVING_STATES } from '../migration.ts'
import { note } from '../migration-events.ts'
import { byIndex } from './lock-items.ts'
import { hasStragglers } from './plan.ts'

const DAY_MS = 86_400_000
/** An upload takes at most six hours from its ticket to its end. */
const LATE_UPLOADS_MS = 7 * 3_600_000

/**
 * Locks a migration for a change of its state. Null when there is none of this id. The lock lets rows be written that refer
 * to it: whoever writes those holds the sums, which are taken after this.
 */
export async function lockMigration(tx: Prisma.TransactionClient, id: string): Promise<Migration | null> {
  await tx.$queryRaw`SELECT 1 FROM "migrations" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`
  return tx.migration.findUnique({ where: { id } })
}

/** How many items are in which state; exact, and held until the transaction ends. */
export async function lockCounts(
  tx: Prisma.TransactionClient,
  { id, direction }: Pick<Migration, 'id' | 'direction'>,
): Promise<{ open: number; failed: number; done: number }> {
  const [row] = await tx.$queryRaw<{ open: bigint; failed: bigint; done: bigint }[]>`
    SELECT "pending_items" + "copying_items" + "verifying_items" AS "open", "failed_items" AS "failed", "done_items" AS "done"
    FROM "migration_progress" WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction" FOR UPDATE`
  return { open: Number(row?.open ?? 0), failed: Number(row?.failed ?? 0), done: Number(row?.done ?? 0) }
}

/**
 * Ends what has come to its end. When nothing is left to do, the sources are looked through once more; only a pass that
 * finds nothing makes a migration ready.
 * @returns whether its state changed, or there is another pass to make
 */
export async function settle(db: PrismaClient, migrationId: string, now: number): Promise<boolean> {
  if (!(await seemsSettled(db, migrationId))) return false
  return db.$transaction(async (tx) => {
    const migration = await lockMigration(tx, migrationId)
    if (!migration || migration.planning) return false
    if (!(MOVING_STATES as readonly string[]).includes(migration.state)) return false
    const { open, failed, done } = await lockCounts(tx, migration)
    if (open > 0) return false
    if (migration.state === 'FINISHED') return settleLate(tx, migration, now)
    if (migration.planFound > 0 || migration.planPasses < 2) {
      await replan(tx, migration)
      return true
    }
    const at = new Date(now)
    const details = { done, failed }
    const change = failed > 0 ? { state: 'FAILED' as const } : ended(migration, at)
    await tx.migration.update({
      where: { id: migration.id },
      data: { ...change, problem: null, version: { increment: 1 } },
    })
    const action =
      failed > 0
        ? 'failed'
        : migration.direction === 'BACK'
          ? 'rolled_back'
          : migration.readyAt
            ? 'ready_again'
            : 'ready'
    await note(tx, migration, { action, actor: null, at, details })
    return true
  })
}

/** A look without a lock, so that nobody waits for the one who only asks. */
async function seemsSettled(db: PrismaClient, id: string): Promise<boolean> {
  const migration = await db.migration.findUnique({ where: { id }, include: { progress: true } })
  const sums = migration?.progress.find(({ direction }) => direction === migration.direction)
  if (!migration || !sums || migration.planning) return false
  return sums.pendingItems + sums.copyingItems + sums.verifyingItems === 0n
}

/** Late uploads have arrived; what the old place has of them is given up like all the rest. */
async function settleLate(tx: Prisma.TransactionClient, migration: Migration, now: number): Promise<boolean> {
  if (migration.planFound === 0) return false
  await tx.migration.update({
    where: { id: migration.id },
    data: {
      planFound: 0,
      release: 'QUARANTINING',
      releaseSource: 0,
      releaseCursor: null,
      retentionEndsAt: new Date(now + migration.retentionDays * DAY_MS),
    },
  })
  return true
}

function ended(migration: Migration, at: Date): Prisma.MigrationUpdateInput {
  return migration.direction === 'BACK'
    ? { state: 'CANCELLED', rolledBackAt: at }
    : { state: 'READY_TO_FINISH', readyAt: migration.readyAt ?? at }
}

/** Begins a new pass over the sources. */
export async function replan(tx: Prisma.TransactionClient, { id }: Pick<Migration, 'id'>): Promise<void> {
  await tx.migration.update({
    where: { id },
    data: { planning: true, planFound: 0, planSource: 0, planCursor: null, version: { increment: 1 } },
  })
}

/** Takes up what was written to an old place after the last pass had gone by. @returns whether there was something */
export async function takeUpStragglers(db: PrismaClient, migrationId: string, now: number): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const migration = await lockMigration(tx, migrationId)
    if (!migration || migration.planning || migration.direction === 'BACK') return false
    if (migration.state !== 'READY_TO_FINISH' && migration.state !== 'FINISHED') return false
    if (migration.finishedAt && now - migration.finishedAt.getTime() > LATE_UPLOADS_MS) return false
    await byIndex(tx)
    if (!(await hasStragglers(tx, migration))) return false
    if (migration.state === 'READY_TO_FINISH') {
      await tx.migration.update({ where: { id: migration.id }, data: { state: 'RUNNING' } })
    }
    await replan(tx, migration)
    return true
  })
}
