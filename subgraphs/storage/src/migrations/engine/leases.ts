import type { Migration, PrismaClient } from '../../../prisma/client/client.ts'
import { routeOf } from '../migration.ts'
import type { Claim } from './claim.ts'
import { heldItem } from './ledger.ts'
import { lockItems } from './lock-items.ts'

type Held = Pick<Claim, 'blobId' | 'token'>

/**
 * Keeps what a worker holds for another while, the objects it is writing as well.
 * @returns the blobs it still holds; of the others it must stop at once
 */
export async function renewLeases(
  db: PrismaClient,
  migration: Migration,
  held: readonly Held[],
  until: Date,
): Promise<Set<string>> {
  const { to } = routeOf(migration)
  const blobIds = held.map((each) => each.blobId)
  const tokens = held.map((each) => each.token)
  const [, rows] = await db.$transaction([
    lockItems(db, migration),
    db.$queryRaw<{ blobId: string }[]>`
      WITH kept AS (
        UPDATE "migration_items" i SET "lease_until" = ${until}
        WHERE i."ctid" = ANY(ARRAY(
          SELECT i."row" FROM unnest(${blobIds}::uuid[], ${tokens}::uuid[]) AS g("blob_id", "token") CROSS JOIN LATERAL (${heldItem(migration)}) i))
        RETURNING i."blob_id", i."key", i."lease_token"
      ), intents AS (
        UPDATE "object_intents" o SET "lease_until" = ${until} FROM kept k
        WHERE o."backend_id" = ${to}::uuid AND o."key" = k."key" AND o."holder" = k."lease_token"
      )
      SELECT "blob_id" AS "blobId" FROM kept`,
  ])
  return new Set(rows.map(({ blobId }) => blobId))
}

const LOST = 'The worker that had this file stopped answering.'

/**
 * Gives the items of dead workers back. One that has outlived too many workers counts as failed: it may be what ends
 * them. What a dead attempt has left at the target goes when its intent has run out.
 * @returns how many
 */
export async function reclaimItems(
  db: PrismaClient,
  migration: Migration,
  { now, attempts }: { now: number; attempts: number },
): Promise<number> {
  const { id, direction } = migration
  const at = new Date(now)
  const dead = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM "migration_items" WHERE "lease_until" < ${at} AND "state" IN ('COPYING', 'VERIFYING') LIMIT 1`
  if (dead.length === 0) return 0
  const [, rows] = await db.$transaction([
    lockItems(db, migration),
    db.$queryRaw<{ again: boolean }[]>`
      WITH expired AS (
        SELECT "ctid" AS "row" FROM "migration_items"
        WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction"
          AND "lease_until" < ${at} AND "state" IN ('COPYING', 'VERIFYING')
        LIMIT 1000 FOR UPDATE SKIP LOCKED
      ), counted AS (
        UPDATE "migration_progress" SET "retries" = "retries" + (SELECT count(*) FROM expired)
        WHERE "migration_id" = ${id}::uuid AND "direction" = ${direction}::"migration_direction"
      )
      UPDATE "migration_items" i SET
        "state" = CASE WHEN i."attempts" + 1 >= ${attempts}::int THEN 'FAILED' ELSE 'PENDING' END::"migration_item_state",
        "attempts" = i."attempts" + 1, "lease_token" = NULL, "lease_until" = NULL, "key" = NULL, "next_attempt_at" = ${at},
        "reason_code" = 'storage.migration.worker_lost', "reason" = ${LOST}
      WHERE i."ctid" = ANY(ARRAY(SELECT "row" FROM expired))
      RETURNING i."state" = 'PENDING' AS "again"`,
  ])
  return rows.length
}
