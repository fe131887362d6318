import type { Prisma } from '../../prisma/client/client.ts'
import type { ObjectAt } from './object-intent.ts'

/** Of what a scan found, one run deletes no more than this share of a place, unless someone has said so. */
const MOST_SHARE = 0.1
/** A small place has this many at least. */
const MOST_OBJECTS = 100

/** How many objects without a row may go in one run from a place that holds `objects`. */
export function mostInOneRun(objects: number): number {
  return Math.max(MOST_OBJECTS, Math.floor(objects * MOST_SHARE))
}

export interface Unwanted extends ObjectAt {
  /** Bytes. */
  size: bigint
  reason: 'ORPHAN' | 'PURGED'
}

/** Puts bytes aside that no row speaks for from now on. What is aside already stays as it is. */
export async function quarantine(
  tx: Prisma.TransactionClient,
  objects: readonly Unwanted[],
  since: Date,
  keepMs: number,
): Promise<number> {
  const deleteAfter = new Date(since.getTime() + keepMs)
  const data = objects.map((object) => ({ ...object, since, deleteAfter }))
  return (await tx.quarantinedObject.createMany({ data, skipDuplicates: true })).count
}

export interface PlaceGarbage {
  backendId: string
  /** Everything that is aside at the place. */
  objects: number
  bytes: bigint
  since: Date
  /** Of what a scan found: as many as are old enough to go, and wait for no word. */
  due: number
  /** Whether they are too many to go without a word. */
  held: boolean
}

/** What is aside at each place, and whether it may go. */
export async function garbageOf(db: Prisma.TransactionClient, now: Date): Promise<PlaceGarbage[]> {
  const rows = await db.$queryRaw<(Omit<PlaceGarbage, 'held'> & { replicas: number })[]>`
    SELECT q."backend_id" AS "backendId", count(*)::int AS "objects", sum(q."size")::bigint AS "bytes", min(q."since") AS "since",
      count(*) FILTER (WHERE q."reason" = 'ORPHAN' AND NOT q."approved" AND q."delete_after" <= ${now})::int AS "due",
      (SELECT count(*)::int FROM "replicas" r WHERE r."backend_id" = q."backend_id") AS "replicas"
    FROM "quarantined_objects" q GROUP BY q."backend_id" ORDER BY q."backend_id"`
  return rows.map(({ replicas, ...row }) => ({ ...row, held: row.due > mostInOneRun(replicas + row.objects) }))
}
