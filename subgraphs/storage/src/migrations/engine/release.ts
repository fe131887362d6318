import { randomUUID } from 'node:crypto'
import type { Logger } from '@archivolt/kit/log/logger'
import { Prisma, type Migration, type PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { note } from '../migration-events.ts'
import type { Clockwork } from './clockwork.ts'
import { byIndex } from './lock-items.ts'
import { filterOf } from './plan.ts'
import { lockMigration } from './settle.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  clockwork: Clockwork
}

/** Beyond this part of all files of the vault an administrator must have said so. */
const MOST_AT_ONCE = 0.25
const QUARANTINE_BATCH = 2000
const DELETE_BATCH = 100
const DELETES_AT_ONCE = 8
/** Longer than any deletion takes with all its retries; after it the sweep does what is left. */
const DELETION_MS = 30 * 60_000
const DAY_MS = 86_400_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Takes one step in giving up replicas that a migration has made superfluous: first they are quarantined, later, when the
 * retention time is over, deleted. A replica goes only while another one, at the place where the files belong now, is
 * verified; both rows are held at that moment.
 * @returns whether there is another step to take at once
 */
export async function releaseStep(deps: Deps, migrationId: string): Promise<boolean> {
  const migration = await deps.db.migration.findUnique({ where: { id: migrationId } })
  switch (migration?.release) {
    case 'QUARANTINING':
      return quarantineStep(deps, migrationId)
    case 'RETAINED':
    case 'HELD':
      return endRetention(deps, migrationId)
    case 'DELETING':
      return deleteStep(deps, migrationId)
    default:
      return false
  }
}

/** Where replicas are superfluous, and where the ones are that make them so. */
function given(migration: Migration): { places: string[]; keepers: string[]; chosen: Prisma.Sql } {
  return migration.state === 'FINISHED'
    ? { places: migration.sourceIds, keepers: [migration.targetId], chosen: filterOf(migration) }
    : {
        places: [migration.targetId],
        keepers: [...new Set([...migration.sourceIds, migration.returnToId])],
        // What lay at the target before is none of this migration's business.
        chosen: Prisma.sql`EXISTS (SELECT 1 FROM "migration_items" i WHERE i."migration_id" = ${migration.id}::uuid AND i."blob_id" = b."id")`,
      }
}

/** Locks the row, unless another worker is at it. */
async function lockForRelease(tx: Prisma.TransactionClient, id: string, release: 'QUARANTINING' | 'DELETING') {
  const [row] = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "migrations" WHERE "id" = ${id}::uuid AND "release" = ${release}::"migration_release"
      AND "state" IN ('FINISHED', 'CANCELLED') FOR NO KEY UPDATE SKIP LOCKED`
  if (!row) return null
  await byIndex(tx)
  return tx.migration.findUniqueOrThrow({ where: { id } })
}

interface Step {
  last: string | null
  seen: number
}

async function quarantineStep({ db, clockwork }: Deps, id: string): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const migration = await lockForRelease(tx, id, 'QUARANTINING')
    if (!migration) return false
    const { places, keepers, chosen } = given(migration)
    const place = places[migration.releaseSource]
    if (place === undefined) {
      await tx.migration.update({ where: { id }, data: { release: 'RETAINED', releaseSource: 0, releaseCursor: null } })
      return true
    }
    const [step] = await tx.$queryRaw<Step[]>`
      WITH page AS (
        SELECT r."ctid" AS "row", r."blob_id", r."state" FROM "replicas" r
        WHERE r."backend_id" = ${place}::uuid AND r."blob_id" > ${migration.releaseCursor ?? FIRST}::uuid
        ORDER BY r."blob_id" LIMIT ${QUARANTINE_BATCH} FOR UPDATE
      ), kept AS (
        SELECT p."row" FROM page p JOIN "blobs" b ON b."id" = p."blob_id"
        CROSS JOIN LATERAL (SELECT 1 FROM "replicas" k WHERE k."blob_id" = p."blob_id" AND k."backend_id" = ANY(${keepers}::uuid[])
          AND k."state" = 'VERIFIED' LIMIT 1 FOR SHARE) k
        WHERE p."state" = 'VERIFIED' AND ${chosen}
      ), quarantined AS (
        UPDATE "replicas" SET "state" = 'QUARANTINED', "quarantined_at" = ${new Date(clockwork.now())}, "quarantine_reason" = 'RELEASED'
        WHERE "ctid" = ANY(ARRAY(SELECT "row" FROM kept))
      )
      SELECT (SELECT max("blob_id"::text) FROM page) AS "last", (SELECT count(*)::int FROM page) AS "seen"`
    await advance(tx, migration, step, QUARANTINE_BATCH)
    return true
  })
}

async function advance(tx: Prisma.TransactionClient, { id }: Migration, step: Step | undefined, batch: number) {
  const ended = (step?.seen ?? 0) < batch
  await tx.migration.update({
    where: { id },
    data: ended ? { releaseSource: { increment: 1 }, releaseCursor: null } : { releaseCursor: step?.last },
  })
}

/** The time is over: deletes begin, or wait for a word when they would be a large part of the vault. */
async function endRetention({ db, clockwork }: Deps, id: string): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const migration = await lockMigration(tx, id)
    if (!migration || (migration.release !== 'RETAINED' && migration.release !== 'HELD')) return false
    if (!migration.retentionEndsAt || migration.retentionEndsAt.getTime() > clockwork.now()) return false
    if (migration.release === 'HELD' && !migration.releaseAll) return false
    const at = new Date(clockwork.now())
    if (!migration.releaseAll) {
      const [share] = await tx.$queryRaw<{ going: number; all: number }[]>`
        SELECT (SELECT count(*)::float8 FROM "replicas" WHERE "backend_id" = ANY(${given(migration).places}::uuid[])
            AND "state" = 'QUARANTINED' AND "quarantine_reason" = 'RELEASED') AS "going",
          (SELECT count(*)::float8 FROM "blobs") AS "all"`
      if (share && share.going > share.all * MOST_AT_ONCE) {
        await tx.migration.update({ where: { id }, data: { release: 'HELD' } })
        await note(tx, migration, { action: 'release_held', actor: null, at, details: { files: share.going } })
        return false
      }
    }
    await tx.migration.update({ where: { id }, data: { release: 'DELETING', releaseSource: 0, releaseCursor: null } })
    return true
  })
}

interface Given {
  blobId: string
  key: string
  size: bigint
}

/** Rows go before bytes, and intents stand in for them: whatever dies in between, a sweep ends it. */
async function deleteStep(deps: Deps, id: string): Promise<boolean> {
  const { db, clockwork } = deps
  const holder = randomUUID()
  const now = clockwork.now()
  const handed = await db.$transaction(async (tx) => {
    const migration = await lockForRelease(tx, id, 'DELETING')
    if (!migration) return null
    const { places, keepers, chosen } = given(migration)
    const place = places[migration.releaseSource]
    if (place === undefined) {
      await tx.migration.update({ where: { id }, data: { release: 'DONE' } })
      const details = { files: Number(migration.releasedItems), bytes: Number(migration.releasedBytes) }
      await note(tx, migration, { action: 'released', actor: null, at: new Date(now), details })
      return null
    }
    const before = new Date(now - migration.retentionDays * DAY_MS)
    const rows = await tx.$queryRaw<(Given & { safe: boolean })[]>`
      WITH page AS (
        SELECT r."ctid" AS "row", r."blob_id", coalesce(r."key", b."key") AS "key", b."size" FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
        WHERE r."backend_id" = ${place}::uuid AND r."blob_id" > ${migration.releaseCursor ?? FIRST}::uuid
          AND r."state" = 'QUARANTINED' AND r."quarantine_reason" = 'RELEASED' AND r."quarantined_at" <= ${before} AND ${chosen}
        ORDER BY r."blob_id" LIMIT ${DELETE_BATCH} FOR UPDATE OF r
      ), kept AS (
        SELECT p."row" FROM page p CROSS JOIN LATERAL (SELECT 1 FROM "replicas" k
          WHERE k."blob_id" = p."blob_id" AND k."backend_id" = ANY(${keepers}::uuid[]) AND k."state" = 'VERIFIED' LIMIT 1 FOR SHARE) k
      ), gone AS (
        DELETE FROM "replicas" WHERE "ctid" = ANY(ARRAY(SELECT "row" FROM kept)) RETURNING "blob_id"
      ), intents AS (
        INSERT INTO "object_intents" ("backend_id", "key", "holder", "lease_until")
        SELECT ${place}::uuid, p."key", ${holder}::uuid, ${new Date(now + DELETION_MS)} FROM page p JOIN gone g ON g."blob_id" = p."blob_id"
        ON CONFLICT ("backend_id", "key") DO UPDATE SET "holder" = EXCLUDED."holder", "lease_until" = EXCLUDED."lease_until"
      )
      SELECT p."blob_id" AS "blobId", p."key", p."size", EXISTS (SELECT 1 FROM gone g WHERE g."blob_id" = p."blob_id") AS "safe"
      FROM page p ORDER BY p."blob_id"`
    const safe = rows.filter((row) => row.safe)
    await advance(tx, migration, { last: rows.at(-1)?.blobId ?? null, seen: rows.length }, DELETE_BATCH)
    await tx.migration.update({
      where: { id },
      data: {
        releasedItems: { increment: safe.length },
        releasedBytes: { increment: safe.reduce((sum, { size }) => sum + size, 0n) },
      },
    })
    return { place, safe }
  })
  if (!handed) return false
  await deleteObjects(deps, handed.place, handed.safe, holder)
  return true
}

async function deleteObjects(deps: Deps, backendId: string, objects: readonly Given[], holder: string): Promise<void> {
  const gone: string[] = []
  const queue = [...objects]
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await (await deps.backends.driverOf(backendId)).delete(toObjectKey(next.key))
        gone.push(next.key)
      } catch (error) {
        deps.log.warn(
          { err: error, backendId, key: next.key },
          'a released object could not be deleted; the sweep tries again',
        )
      }
    }
  }
  await Promise.all(Array.from({ length: DELETES_AT_ONCE }, work))
  await deps.db.objectIntent.deleteMany({ where: { backendId, holder, key: { in: gone } } })
  await deps.db.objectIntent.updateMany({
    where: { backendId, holder },
    data: { leaseUntil: new Date(deps.clockwork.now()) },
  })
}
