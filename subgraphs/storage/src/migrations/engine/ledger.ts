import { Prisma, type Migration, type PrismaClient } from '../../../prisma/client/client.ts'
import { RATE_SMOOTHING_MS, routeOf } from '../migration.ts'
import { lockItems } from './lock-items.ts'

/** A write that was given up may still be carried out by a slow service. */
const LATE_WRITES_MS = 60_000

/** What became of an item that a worker held. */
export type Outcome = { blobId: string; token: string } & (
  | { kind: 'verifying' }
  | { kind: 'done' }
  /** To be tried again by anyone, later. @param counts whether it counts as a failed try */
  | { kind: 'again'; counts: boolean; delayMs: number; code: string | null; reason: string | null; clean: boolean }
  | { kind: 'failed'; code: string; reason: string; clean: boolean }
)

/** What a worker has to say of itself. */
export interface Sign {
  workerId: string
  movingItems: number
  movingBytes: number
  atOnce: number
  /** Bytes copied, and files done, since it last said. */
  copiedBytes: number
  doneItems: number
}

/**
 * Writes down what became of items, together with the replicas that were made. Whoever lost the lease, or whose object
 * was swept away, records nothing; a blob that was purged meanwhile gets no replica, and its item ends.
 * @returns the blobs of which the outcome counted
 */
export async function record(
  db: PrismaClient,
  migration: Migration,
  outcomes: readonly Outcome[],
  sign: Sign,
  now: number,
): Promise<Set<string>> {
  const at = new Date(now)
  const done = outcomes.filter((outcome) => outcome.kind === 'done')
  const verifying = outcomes.filter((outcome) => outcome.kind === 'verifying')
  const setBack = outcomes.filter((outcome) => outcome.kind === 'again' || outcome.kind === 'failed')
  const results = await db.$transaction([
    lockItems(db, migration),
    rate(db, migration, sign, at),
    ...(done.length > 0 ? [recordDone(db, migration, done, at)] : []),
    ...(verifying.length > 0 ? [recordVerifying(db, migration, verifying)] : []),
    ...(setBack.length > 0 ? [recordSetbacks(db, migration, setBack, now)] : []),
  ])
  return new Set((results as { blobId: string }[][]).slice(2).flatMap((rows) => rows.map(({ blobId }) => blobId)))
}

/** The row of an item `g`, if it is still held under its token. Looked up one by one, whatever the planner believes. */
export function heldItem({ id, direction }: Migration): Prisma.Sql {
  return Prisma.sql`SELECT i."ctid" AS "row", i."key" FROM "migration_items" i
    WHERE i."migration_id" = ${id}::uuid AND i."direction" = ${direction}::"migration_direction" AND i."blob_id" = g."blob_id"
      AND i."lease_token" = g."token" AND i."state" IN ('COPYING', 'VERIFYING') LIMIT 1 FOR UPDATE`
}

type Held = Pick<Outcome, 'blobId' | 'token'>

function recordDone(db: PrismaClient, migration: Migration, outcomes: readonly Held[], at: Date) {
  const { to } = routeOf(migration)
  return db.$queryRaw<{ blobId: string }[]>`
    WITH given AS (
      SELECT * FROM unnest(${outcomes.map((each) => each.blobId)}::uuid[], ${outcomes.map((each) => each.token)}::uuid[]) AS g("blob_id", "token")
    ), held AS (
      SELECT g."blob_id", g."token", i."row", i."key" FROM given g CROSS JOIN LATERAL (${heldItem(migration)}) i
    ), living AS (
      -- A purge waits until this is written, and then takes the new replica along.
      SELECT b."id", b."key" FROM held h CROSS JOIN LATERAL (
        SELECT b."id", b."key" FROM "blobs" b WHERE b."id" = h."blob_id" LIMIT 1 FOR KEY SHARE) b
    ), earlier AS (
      SELECT r."blob_id", r."state", coalesce(r."key", b."key") AS "key" FROM living b CROSS JOIN LATERAL (
        SELECT r."blob_id", r."state", r."key" FROM "replicas" r WHERE r."blob_id" = b."id" AND r."backend_id" = ${to}::uuid LIMIT 1) r
    ), published AS (
      -- Whoever took the intent over has taken the object away, or is about to.
      DELETE FROM "object_intents" o USING held h, living b
      WHERE o."backend_id" = ${to}::uuid AND o."key" = h."key" AND o."holder" = h."token" AND b."id" = h."blob_id"
        AND NOT EXISTS (SELECT 1 FROM earlier e WHERE e."blob_id" = h."blob_id" AND e."state" = 'VERIFIED')
      RETURNING h."blob_id", h."key"
    ), replicas AS (
      INSERT INTO "replicas" ("blob_id", "backend_id", "state", "verified_at", "key")
      SELECT p."blob_id", ${to}::uuid, 'VERIFIED', ${at}, p."key" FROM published p
      ON CONFLICT ("blob_id", "backend_id") DO UPDATE SET "state" = 'VERIFIED', "verified_at" = EXCLUDED."verified_at",
        "key" = EXCLUDED."key", "quarantined_at" = NULL, "quarantine_reason" = NULL
      RETURNING "blob_id"
    ), superseded AS (
      -- What an earlier, worthless replica was is nobody's now.
      INSERT INTO "object_intents" ("backend_id", "key", "holder", "lease_until")
      SELECT ${to}::uuid, e."key", gen_random_uuid(), ${at} FROM earlier e JOIN published p ON p."blob_id" = e."blob_id"
      WHERE e."key" <> p."key" ON CONFLICT DO NOTHING
    ), unwanted AS (
      -- The objects of purged blobs, and of those that another way brought here first, are left to the sweep.
      UPDATE "object_intents" o SET "lease_until" = ${at} FROM held h
      WHERE o."backend_id" = ${to}::uuid AND o."key" = h."key" AND o."holder" = h."token"
        AND NOT EXISTS (SELECT 1 FROM published p WHERE p."blob_id" = h."blob_id")
    ), purged AS (
      DELETE FROM "migration_items" WHERE "ctid" = ANY(ARRAY(
        SELECT h."row" FROM held h WHERE NOT EXISTS (SELECT 1 FROM living b WHERE b."id" = h."blob_id")))
    )
    UPDATE "migration_items" i SET "state" = 'DONE', "done_at" = ${at}, "lease_token" = NULL, "lease_until" = NULL, "key" = NULL,
      "reason" = NULL, "reason_code" = NULL
    WHERE i."ctid" = ANY(ARRAY(SELECT h."row" FROM held h
      WHERE EXISTS (SELECT 1 FROM published p WHERE p."blob_id" = h."blob_id")
        OR EXISTS (SELECT 1 FROM earlier e WHERE e."blob_id" = h."blob_id" AND e."state" = 'VERIFIED')))
    RETURNING i."blob_id" AS "blobId"`
}

function recordVerifying(db: PrismaClient, migration: Migration, outcomes: readonly Held[]) {
  return db.$queryRaw<{ blobId: string }[]>`
    UPDATE "migration_items" i SET "state" = 'VERIFYING'
    WHERE i."ctid" = ANY(ARRAY(
      SELECT i."row" FROM unnest(${outcomes.map((each) => each.blobId)}::uuid[], ${outcomes.map((each) => each.token)}::uuid[]) AS g("blob_id", "token")
      CROSS JOIN LATERAL (${heldItem(migration)}) i))
    RETURNING i."blob_id" AS "blobId"`
}

function recordSetbacks(
  db: PrismaClient,
  migration: Migration,
  outcomes: readonly Extract<Outcome, { kind: 'again' | 'failed' }>[],
  now: number,
) {
  const { id, direction } = migration
  const { to } = routeOf(migration)
  const again = (each: (typeof outcomes)[number]) => each.kind === 'again'
  const counts = outcomes.map((each) => (each.kind === 'failed' || each.counts ? 1 : 0))
  const next = outcomes.map((each) => new Date(now + (each.kind === 'again' ? each.delayMs : 0)))
  return db.$queryRaw<{ blobId: string }[]>`
    WITH given AS (
      SELECT * FROM unnest(${outcomes.map((each) => each.blobId)}::uuid[], ${outcomes.map((each) => each.token)}::uuid[], ${outcomes.map(again)}::boolean[],
        ${counts}::int[], ${next}::timestamptz[], ${outcomes.map((each) => each.code)}::text[], ${outcomes.map((each) => each.reason)}::text[],
        ${outcomes.map((each) => each.clean)}::boolean[])
        AS g("blob_id", "token", "again", "counts", "next", "code", "reason", "clean")
    ), held AS (
      SELECT g.*, i."row", i."key" FROM given g CROSS JOIN LATERAL (${heldItem(migration)}) i
    ), cleaned AS (
      DELETE FROM "object_intents" o USING held h
      WHERE h."clean" AND o."backend_id" = ${to}::uuid AND o."key" = h."key" AND o."holder" = h."token"
    ), left_over AS (
      UPDATE "object_intents" o SET "lease_until" = ${new Date(now + LATE_WRITES_MS)} FROM held h
      WHERE NOT h."clean" AND o."backend_id" = ${to}::uuid AND o."key" = h."key" AND o."holder" = h."token"
    ), tried AS (
      UPDATE "migration_progress" SET "retries" = "retries" + (SELECT count(*) FROM held WHERE "again" AND "code" IS NOT NULL)
      WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction"
    )
    UPDATE "migration_items" i SET "state" = CASE WHEN h."again" THEN 'PENDING' ELSE 'FAILED' END::"migration_item_state",
      "lease_token" = NULL, "lease_until" = NULL, "key" = NULL, "attempts" = i."attempts" + h."counts", "next_attempt_at" = h."next",
      "reason_code" = coalesce(h."code", i."reason_code"), "reason" = coalesce(h."reason", i."reason")
    FROM held h
    WHERE i."ctid" = h."row"
    RETURNING i."blob_id" AS "blobId"`
}

/** Smooths the rates, and keeps the worker's sign of life. */
function rate(db: PrismaClient, { id, direction }: Migration, sign: Sign, at: Date) {
  // In times of smoothing. Of something older nothing is left, and the database would call it an underflow.
  const age = Prisma.sql`least(100, greatest(0, extract(epoch FROM ${at} - coalesce("rated_at", ${at})) * 1000 / ${RATE_SMOOTHING_MS}::float8))`
  return db.$queryRaw`
    WITH rated AS (
      UPDATE "migration_progress" SET
        "byte_rate" = "byte_rate" * exp(-${age}) + ${sign.copiedBytes}::float8 * 1000 / ${RATE_SMOOTHING_MS}::float8,
        "item_rate" = "item_rate" * exp(-${age}) + ${sign.doneItems}::float8 * 1000 / ${RATE_SMOOTHING_MS}::float8,
        "rated_at" = greatest("rated_at", ${at}), "rated_since" = coalesce("rated_since", ${at})
      WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction"
    )
    INSERT INTO "migration_workers" ("migration_id", "worker_id", "seen_at", "moving_items", "moving_bytes", "at_once")
    VALUES (${id}::uuid, ${sign.workerId}::uuid, ${at}, ${sign.movingItems}::int, ${sign.movingBytes}::bigint, ${sign.atOnce}::int)
    ON CONFLICT ("migration_id", "worker_id") DO UPDATE SET "seen_at" = EXCLUDED."seen_at", "moving_items" = EXCLUDED."moving_items",
      "moving_bytes" = EXCLUDED."moving_bytes", "at_once" = EXCLUDED."at_once"`
}
