import { Prisma, type Migration, type PrismaClient } from '../../../prisma/client/client.ts'
import { lockItems } from './lock-items.ts'

export type Planned = 'more' | 'end' | 'busy'

/** Blobs get their ids from a clock; those of machines may differ by so much, and a commit may be that late. */
export const LATE_MS = 10 * 60_000

/**
 * Takes one step of the pass over the sources: a page of their blobs, each of which becomes an item unless it is one.
 * Blobs with a verified replica at the destination are done from the start. One worker does this at a time.
 * @returns `busy` while another worker does it, or there is nothing to plan
 */
export async function planStep(db: PrismaClient, migrationId: string, now: number, batch: number): Promise<Planned> {
  return db.$transaction(async (tx) => {
    const [locked] = await tx.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "migrations" WHERE "id" = ${migrationId}::uuid AND "planning"
        AND "state" IN ('RUNNING', 'ROLLING_BACK', 'FINISHED') FOR NO KEY UPDATE SKIP LOCKED`
    if (!locked) return 'busy'
    const migration = await tx.migration.findUniqueOrThrow({ where: { id: migrationId } })
    const from = migration.direction === 'FORWARD' ? migration.sourceIds : [migration.targetId]
    const source = from[migration.planSource]
    if (source === undefined) return endPass(tx, migration, now)
    await lockItems(tx, migration)
    const page = { source, after: migration.planCursor ?? FIRST, batch, now }
    const { last, seen, found } =
      migration.direction === 'FORWARD' ? await planForward(tx, migration, page) : await planBack(tx, migration, page)
    const ended = seen < batch
    await tx.migration.update({
      where: { id: migrationId },
      data: {
        planFound: { increment: found },
        ...(ended ? { planSource: { increment: 1 }, planCursor: null } : { planCursor: last }),
      },
    })
    return 'more'
  })
}

const FIRST = '00000000-0000-0000-0000-000000000000'

interface Page {
  source: string
  after: string
  batch: number
  now: number
}

interface Step {
  last: string | null
  seen: number
  found: number
}

async function endPass(tx: Prisma.TransactionClient, migration: Migration, now: number): Promise<Planned> {
  await tx.migration.update({
    where: { id: migration.id },
    data: { planning: false, planPasses: { increment: 1 }, planCursor: null, planSource: 0, plannedAt: new Date(now) },
  })
  return 'end'
}

/** The first pass counts everything; later ones look only for what has no verified replica at the target. */
async function planForward(tx: Prisma.TransactionClient, migration: Migration, page: Page): Promise<Step> {
  const { id, targetId, planPasses } = migration
  return step(
    await tx.$queryRaw<Step[]>`
      WITH page AS (
        SELECT r."blob_id", r."state" FROM "replicas" r
        WHERE r."backend_id" = ${page.source}::uuid AND r."blob_id" > ${page.after}::uuid
        ORDER BY r."blob_id" LIMIT ${page.batch}
      ), wanted AS (
        SELECT b."id", b."size", t."there" IS NOT NULL AS "arrived" FROM page p JOIN "blobs" b ON b."id" = p."blob_id"
        LEFT JOIN LATERAL (SELECT true AS "there" FROM "replicas" t
          WHERE t."blob_id" = p."blob_id" AND t."backend_id" = ${targetId}::uuid AND t."state" = 'VERIFIED' LIMIT 1) t ON true
        WHERE p."state" = 'VERIFIED' AND (${planPasses} = 0 OR t."there" IS NULL) AND ${filterOf(migration)}
      ), planned AS (
        INSERT INTO "migration_items" ("migration_id", "direction", "blob_id", "state", "size", "next_attempt_at", "done_at")
        SELECT ${id}::uuid, 'FORWARD', w."id", CASE WHEN w."arrived" THEN 'DONE' ELSE 'PENDING' END::"migration_item_state",
          w."size", ${new Date(page.now)}, CASE WHEN w."arrived" THEN ${new Date(page.now)}::timestamptz END
        FROM wanted w
        ON CONFLICT ("migration_id", "direction", "blob_id") DO UPDATE SET "state" = 'PENDING', "done_at" = NULL, "attempts" = 0
          WHERE "migration_items"."state" = 'DONE' AND EXCLUDED."state" = 'PENDING'
        RETURNING "state"
      )
      SELECT (SELECT max("blob_id"::text) FROM page) AS "last", (SELECT count(*)::int FROM page) AS "seen",
        (SELECT count(*)::int FROM planned WHERE "state" = 'PENDING') AS "found"`,
  )
}

/**
 * Back again: what the old places still have, quarantined, counts as verified there once more without moving a byte;
 * what was written to the target since the start, or has no copy left elsewhere, is copied.
 */
async function planBack(tx: Prisma.TransactionClient, migration: Migration, page: Page): Promise<Step> {
  const { id, sourceIds, returnToId, startedAt, planPasses } = migration
  const olds = [...new Set([...sourceIds, returnToId])]
  const since = new Date(startedAt.getTime() - LATE_MS)
  await tx.$executeRaw`
    UPDATE "replicas" SET "state" = 'VERIFIED', "quarantined_at" = NULL, "quarantine_reason" = NULL
    WHERE "ctid" = ANY(ARRAY(
      SELECT o."ctid" FROM (
        SELECT "blob_id" FROM "replicas" WHERE "backend_id" = ${page.source}::uuid AND "blob_id" > ${page.after}::uuid
        ORDER BY "blob_id" LIMIT ${page.batch}
      ) p CROSS JOIN LATERAL (
        SELECT r."ctid" FROM "replicas" r WHERE r."blob_id" = p."blob_id" AND r."backend_id" = ANY(${olds}::uuid[])
          AND r."state" = 'QUARANTINED' AND r."quarantine_reason" = 'RELEASED' LIMIT 100 FOR UPDATE
      ) o))`
  return step(
    await tx.$queryRaw<Step[]>`
      WITH page AS (
        SELECT r."blob_id", r."state" FROM "replicas" r
        WHERE r."backend_id" = ${page.source}::uuid AND r."blob_id" > ${page.after}::uuid
        ORDER BY r."blob_id" LIMIT ${page.batch}
      ), wanted AS (
        SELECT b."id", b."size", o."there" IS NOT NULL AS "arrived" FROM page p JOIN "blobs" b ON b."id" = p."blob_id"
        LEFT JOIN LATERAL (SELECT true AS "there" FROM "replicas" o
          WHERE o."blob_id" = p."blob_id" AND o."backend_id" = ANY(${olds}::uuid[]) AND o."state" = 'VERIFIED' LIMIT 1) o ON true
        LEFT JOIN LATERAL (SELECT true AS "moved" FROM "migration_items" i
          WHERE i."migration_id" = ${id}::uuid AND i."direction" = 'FORWARD' AND i."blob_id" = p."blob_id" LIMIT 1) i ON true
        WHERE p."state" = 'VERIFIED' AND (b."created_at" >= ${since} OR i."moved")
      ), planned AS (
        INSERT INTO "migration_items" ("migration_id", "direction", "blob_id", "state", "size", "next_attempt_at", "done_at")
        SELECT ${id}::uuid, 'BACK', w."id", CASE WHEN w."arrived" THEN 'DONE' ELSE 'PENDING' END::"migration_item_state",
          w."size", ${new Date(page.now)}, CASE WHEN w."arrived" THEN ${new Date(page.now)}::timestamptz END
        FROM wanted w WHERE ${planPasses} = 0 OR NOT w."arrived"
        ON CONFLICT ("migration_id", "direction", "blob_id") DO UPDATE SET "state" = 'PENDING', "done_at" = NULL, "attempts" = 0
          WHERE "migration_items"."state" = 'DONE' AND EXCLUDED."state" = 'PENDING'
        RETURNING "state"
      )
      SELECT (SELECT max("blob_id"::text) FROM page) AS "last", (SELECT count(*)::int FROM page) AS "seen",
        (SELECT count(*)::int FROM planned WHERE "state" = 'PENDING') AS "found"`,
  )
}

function step(rows: Step[]): Step {
  return rows[0] ?? { last: null, seen: 0, found: 0 }
}

/** The migration's own filter, over blobs `b`. */
export function filterOf(
  migration: Pick<Migration, 'buckets' | 'ownerIds' | 'createdAfter' | 'createdBefore'>,
): Prisma.Sql {
  const { buckets, ownerIds, createdAfter, createdBefore } = migration
  const parts = [
    ...(buckets.length > 0 ? [Prisma.sql`b."bucket" = ANY(${buckets}::text[])`] : []),
    ...(ownerIds.length > 0 ? [Prisma.sql`b."owner_id" = ANY(${ownerIds}::uuid[])`] : []),
    ...(createdAfter ? [Prisma.sql`b."created_at" >= ${createdAfter}`] : []),
    ...(createdBefore ? [Prisma.sql`b."created_at" < ${createdBefore}`] : []),
  ]
  return parts.length > 0 ? Prisma.join(parts, ' AND ') : Prisma.sql`true`
}

/** The smallest id that a blob made at this time, or later, has: its first 48 bits are milliseconds. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/**
 * Whether there are blobs that no pass has seen: uploads to an old place that were under way when the last pass went by.
 * To be asked of a migration that moves forward.
 */
export async function hasStragglers(db: Pick<PrismaClient, '$queryRaw'>, migration: Migration): Promise<boolean> {
  const { id, sourceIds, targetId, plannedAt } = migration
  if (!plannedAt) return false
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
    LEFT JOIN LATERAL (SELECT true AS "there" FROM "replicas" t
      WHERE t."blob_id" = r."blob_id" AND t."backend_id" = ${targetId}::uuid AND t."state" = 'VERIFIED' LIMIT 1) t ON true
    LEFT JOIN LATERAL (SELECT true AS "known" FROM "migration_items" i
      WHERE i."migration_id" = ${id}::uuid AND i."direction" = 'FORWARD' AND i."blob_id" = r."blob_id" AND i."state" <> 'DONE' LIMIT 1) i ON true
    WHERE r."backend_id" = ANY(${sourceIds}::uuid[]) AND r."state" = 'VERIFIED'
      -- A place that takes new files again is not being emptied any more.
      AND NOT EXISTS (SELECT 1 FROM "storage_backends" s WHERE s."id" = r."backend_id" AND s."current")
      AND r."blob_id" > ${firstIdAt(plannedAt.getTime() - LATE_MS)}::uuid AND ${filterOf(migration)}
      AND t."there" IS NULL AND i."known" IS NULL
    LIMIT 1`
  return rows.length > 0
}
