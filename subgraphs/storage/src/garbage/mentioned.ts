import type { Prisma } from '../../prisma/client/client.ts'

/**
 * Of these keys at a place, those that any row speaks of: a replica in whatever state, an upload or a part of one, an
 * attempt that may be living. One statement sees them all at one moment, so that a key which passes from one row to
 * another meanwhile is never missed.
 */
export async function mentioned(
  db: Prisma.TransactionClient,
  backendId: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ key: string }[]>`
    SELECT b."key" FROM "blobs" b JOIN "replicas" r ON r."blob_id" = b."id"
      WHERE b."key" = ANY(${keys}::text[]) AND r."key" IS NULL AND r."backend_id" = ${backendId}::uuid
    UNION ALL SELECT "key" FROM "replicas" WHERE "key" = ANY(${keys}::text[]) AND "backend_id" = ${backendId}::uuid
    UNION ALL SELECT "key" FROM "uploads"
      WHERE "key" = ANY(${keys}::text[]) AND "backend_id" = ${backendId}::uuid AND "state" <> 'COMMITTED'
    UNION ALL SELECT p."key" FROM "upload_parts" p JOIN "uploads" u ON u."id" = p."upload_id"
      WHERE p."key" = ANY(${keys}::text[]) AND u."backend_id" = ${backendId}::uuid
    UNION ALL SELECT "key" FROM "object_intents" WHERE "key" = ANY(${keys}::text[]) AND "backend_id" = ${backendId}::uuid`
  return new Set(rows.map(({ key }) => key))
}
