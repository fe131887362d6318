import type { Document, PrismaClient } from '../../prisma/client/client.ts'

/** Of one document, at most: more are no news. */
export const MAX_DUPLICATES = 20

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
      WHERE o."owner_id" = d."owner_id" AND o."sha256" = d."sha256" AND o."id" <> d."id"
      ORDER BY o."id" DESC LIMIT ${MAX_DUPLICATES}
    ) other
    WHERE d."id" = ANY(${documentIds}::uuid[]) AND d."sha256" IS NOT NULL`
  const rows = await db.document.findMany({ where: { id: { in: [...new Set(pairs.map(({ id }) => id))] } } })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const found = new Map<string, Document[]>()
  for (const { of, id } of pairs) {
    const row = byId.get(id)
    if (row) found.set(of, [...(found.get(of) ?? []), row])
  }
  return found
}
