import type { Document, PrismaClient } from '../../prisma/client/client.ts'

/** Of one document, at most: more are no news. */
export const MAX_DUPLICATES = 20
/** Hashes asked for at once. */
export const MAX_HASHES = 100

/**
 * The other documents of the same owner with the very same bytes, those in the trash too; newest first, in one query
 * for all.
 */
export async function findDuplicates(
  db: PrismaClient,
  documentIds: readonly string[],
): Promise<Map<string, Document[]>> {
  const pairs = await db.$queryRaw<{ of: string; id: string }[]>`
    SELECT d."id" AS of, other."id" FROM "documents" d
    CROSS JOIN LATERAL (
      SELECT o."id" FROM "documents" o
      WHERE o."owner_id" = d."owner_id" AND o."sha256" = d."sha256" AND o."id" <> d."id" AND o."purging_at" IS NULL
      ORDER BY o."id" DESC LIMIT ${MAX_DUPLICATES}
    ) other
    WHERE d."id" = ANY(${documentIds}::uuid[]) AND d."sha256" IS NOT NULL`
  const rows = new Map((await byIds(db, pairs)).map((row) => [row.id, row]))
  const found = new Map<string, Document[]>()
  for (const { of, id } of pairs) {
    const row = rows.get(id)
    if (row) found.set(of, [...(found.get(of) ?? []), row])
  }
  return found
}

/** One person's documents with any of these hashes, newest first. */
export async function findByHash(db: PrismaClient, ownerId: string, hashes: readonly string[]): Promise<Document[]> {
  const wanted = [...new Set(hashes.map((hash) => hash.toLowerCase()))]
  const ids = await db.$queryRaw<{ id: string }[]>`
    SELECT found."id" FROM unnest(${wanted}::text[]) AS hash CROSS JOIN LATERAL (
      SELECT d."id" FROM "documents" d
      WHERE d."owner_id" = ${ownerId}::uuid AND d."sha256" = hash AND d."purging_at" IS NULL
      ORDER BY d."id" DESC LIMIT ${MAX_DUPLICATES}
    ) found`
  return byIds(db, ids)
}

function byIds(db: PrismaClient, ids: readonly { id: string }[]): Promise<Document[]> {
  return db.document.findMany({
    where: { id: { in: [...new Set(ids.map(({ id }) => id))] } },
    orderBy: { id: 'desc' },
  })
}
