import { Prisma } from '../../prisma/client/client.ts'
import type { Access } from '../documents/access.ts'

/** As many are counted exactly where nothing is searched: an index alone tells. */
export const MOST_COUNTED = 1_000_000

/**
 * Ids of everything a person may see, newest first, after `after`: their own along one index, and of each principal
 * they count as along another, so that a page costs the same however much there is.
 */
export function newestIds(access: Access, rows: number, after: string | null): Prisma.Sql {
  const before = after ? Prisma.sql`AND d."id" < ${after}::uuid` : Prisma.empty
  const sharedBefore = after ? Prisma.sql`AND s."document_id" < ${after}::uuid` : Prisma.empty
  return Prisma.sql`
    SELECT id FROM (
      (SELECT d."id" FROM "documents" d
        WHERE d."owner_id" = ${access.userId}::uuid AND d."trashed_at" IS NULL AND d."purging_at" IS NULL ${before}
        ORDER BY d."id" DESC LIMIT ${rows})
      UNION
      (SELECT shared."document_id" FROM unnest(${access.principals}::text[]) AS principal, LATERAL (
        SELECT s."document_id" FROM "shares" s JOIN "documents" d ON d."id" = s."document_id"
        WHERE s."principal" = principal AND d."trashed_at" IS NULL AND d."purging_at" IS NULL ${sharedBefore}
        ORDER BY s."document_id" DESC LIMIT ${rows}) shared)
    ) seen ORDER BY id DESC LIMIT ${rows}`
}

/** How many a person may see, up to one more than MOST_COUNTED of their own and as many shared. */
export function countVisible(access: Access): Prisma.Sql {
  return Prisma.sql`SELECT (
      SELECT count(*) FROM (SELECT 1 FROM "documents" d WHERE d."owner_id" = ${access.userId}::uuid
        AND d."trashed_at" IS NULL AND d."purging_at" IS NULL LIMIT ${MOST_COUNTED + 1}) own
    ) + (
      SELECT count(*) FROM (SELECT DISTINCT s."document_id" FROM "shares" s JOIN "documents" d ON d."id" = s."document_id"
        WHERE s."principal" = ANY(${access.principals}::text[]) AND d."owner_id" <> ${access.userId}::uuid
        AND d."trashed_at" IS NULL AND d."purging_at" IS NULL LIMIT ${MOST_COUNTED + 1}) shared
    ) AS n`
}
