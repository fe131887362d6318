import DataLoader from 'dataloader'
import type { PrismaClient } from '../../prisma/client/client.ts'

/** How many documents live at each place. One query a tick, made per request. */
export function documentsAt(db: PrismaClient): DataLoader<string, number> {
  return new DataLoader(async (backendIds) => {
    const rows = await db.$queryRaw<{ id: string; documents: number }[]>`
      SELECT r."backend_id" AS id, count(DISTINCT b."document_id")::int AS documents
      FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
      WHERE r."backend_id" = ANY(${[...backendIds]}::uuid[]) AND r."state" <> 'LOST'
      GROUP BY r."backend_id"`
    const byId = new Map(rows.map((row) => [row.id, row.documents]))
    return backendIds.map((id) => byId.get(id) ?? 0)
  })
}
