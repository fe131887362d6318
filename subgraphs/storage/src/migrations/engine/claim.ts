import { randomUUID } from 'node:crypto'
import type { Migration, PrismaClient } from '../../../prisma/client/client.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { routeOf } from '../migration.ts'
import type { Cargo, Place } from './copy-blob.ts'
import { lockItems } from './lock-items.ts'

/** An item that this worker holds. */
export interface Claim {
  blobId: string
  token: string
  attempts: number
  /** Null when the target has a verified replica already: nothing is left to do. */
  cargo: Cargo | null
}

interface Row {
  blobId: string
  attempts: number
  key: string
  size: bigint
  sha256: string | null
  contentType: string
  blobKey: string
  arrived: boolean
  sources: { backendId: string; key: string | null; state: string }[] | null
}

interface Wanted {
  large: boolean
  most: number
  /** Where the last claim ended; null to begin anew. */
  after: string | null
  now: number
  leaseMs: number
}

const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Takes items that wait, each with a lease, a token and a fresh name for its object at the target, of which an intent is
 * left before anything is written there. Two workers never get the same one.
 * @returns what was taken, and the last blob of it; items whose blob was purged meanwhile end here
 */
export async function claimItems(
  db: PrismaClient,
  migration: Migration,
  { large, most, after, now, leaseMs }: Wanted,
): Promise<{ claims: Claim[]; last: string | null }> {
  const token = randomUUID()
  const { id, direction } = migration
  const { to } = routeOf(migration)
  const at = new Date(now)
  const until = new Date(now + leaseMs)
  const [, rows] = await db.$transaction([
    lockItems(db, migration),
    db.$queryRaw<Row[]>`
      WITH picked AS (
        SELECT i."ctid" AS "row" FROM "migration_items" i
        WHERE i."migration_id" = ${id}::uuid AND i."direction" = ${direction}::"migration_direction"
          AND i."large" = ${large} AND i."state" = 'PENDING'
          AND i."next_attempt_at" <= ${at} AND i."blob_id" > ${after ?? FIRST}::uuid
          AND EXISTS (SELECT 1 FROM "migrations" m WHERE m."id" = ${id}::uuid
            AND m."direction" = ${direction}::"migration_direction" AND m."state" IN ('RUNNING', 'ROLLING_BACK', 'FINISHED'))
        ORDER BY i."blob_id" LIMIT ${most} FOR UPDATE SKIP LOCKED
      ), claimed AS (
        UPDATE "migration_items" i SET "state" = 'COPYING', "lease_token" = ${token}::uuid, "lease_until" = ${until},
          -- A name beside the blob's own, which no earlier attempt has used.
          "key" = (SELECT regexp_replace(b."key", '[^/]*$', '') || gen_random_uuid() || coalesce(substring(b."key" FROM '\\.[A-Za-z0-9]{1,10}$'), '')
            FROM "blobs" b WHERE b."id" = i."blob_id")
        WHERE i."ctid" = ANY(ARRAY(SELECT "row" FROM picked))
        RETURNING i."blob_id", i."attempts", i."key"
      ), intended AS (
        INSERT INTO "object_intents" ("backend_id", "key", "holder", "lease_until")
        SELECT ${to}::uuid, c."key", ${token}::uuid, ${until} FROM claimed c WHERE c."key" IS NOT NULL
      )
      SELECT c."blob_id" AS "blobId", c."attempts", c."key", b."size", b."sha256", b."content_type" AS "contentType", b."key" AS "blobKey",
        EXISTS (SELECT 1 FROM "replicas" r WHERE r."blob_id" = c."blob_id" AND r."backend_id" = ${to}::uuid AND r."state" = 'VERIFIED') AS "arrived",
        (SELECT json_agg(json_build_object('backendId', r."backend_id", 'key', r."key", 'state', r."state"))
         FROM "replicas" r WHERE r."blob_id" = c."blob_id" AND r."backend_id" <> ${to}::uuid
           AND (r."state" = 'VERIFIED' OR (r."state" = 'QUARANTINED' AND r."quarantine_reason" = 'RELEASED'))) AS "sources"
      FROM claimed c LEFT JOIN "blobs" b ON b."id" = c."blob_id"
      ORDER BY c."blob_id"`,
  ])
  const gone = rows.filter((row) => row.sha256 === null)
  if (gone.length > 0) await forget(db, migration, token, gone)
  return {
    claims: rows.filter((row) => row.sha256 !== null).map((row) => claimOf(row, token, migration)),
    last: rows.at(-1)?.blobId ?? null,
  }
}

function claimOf(row: Row, token: string, migration: Migration): Claim {
  const { from, to } = routeOf(migration)
  const { blobId, attempts, sha256, contentType } = row
  if (row.arrived) return { blobId, token, attempts, cargo: null }
  // The places that are being emptied first; what is quarantined only where nothing else is left.
  const rank = (source: { backendId: string; state: string }) =>
    (source.state === 'VERIFIED' ? 0 : 2) + (from.includes(source.backendId) ? 0 : 1)
  const sources = (row.sources ?? [])
    .sort((a, b) => rank(a) - rank(b))
    .map(({ backendId, key }): Place => ({ backendId, key: toObjectKey(key ?? row.blobKey) }))
  const target = { backendId: to, key: toObjectKey(row.key) }
  return {
    blobId,
    token,
    attempts,
    cargo: { size: Number(row.size), sha256: sha256 ?? '', contentType, sources, target },
  }
}

/** The blobs are gone for good, and their items with them. */
async function forget(db: PrismaClient, migration: Migration, token: string, rows: readonly Row[]): Promise<void> {
  await db.$transaction([
    lockItems(db, migration),
    db.$executeRaw`
      DELETE FROM "migration_items" WHERE "migration_id" = ${migration.id}::uuid
        AND "direction" = ${migration.direction}::"migration_direction"
        AND "lease_token" = ${token}::uuid AND "blob_id" = ANY(${rows.map((row) => row.blobId)}::uuid[])`,
  ])
}
