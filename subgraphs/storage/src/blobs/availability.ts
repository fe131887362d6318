import DataLoader from 'dataloader'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { ConnectionBroken } from '../connections/connection.errors.ts'
import type { Provider } from '../connections/connection.ts'

interface Row {
  id: string
  /** No verified replica is at a place that answers. */
  away: boolean
  /** Whose account must be connected again. */
  broken: Provider | null
}

/** Why each blob cannot be opened right now; null for those that can. One query a tick, made per request. */
export function unavailableBlobs(db: PrismaClient): DataLoader<string, string | null> {
  return new DataLoader(async (ids) => {
    const rows = await db.$queryRaw<Row[]>`
      SELECT r."blob_id" AS id, bool_and(s."state" = 'DOWN') AS away,
        max(c."provider"::text) FILTER (WHERE c."state" = 'BROKEN') AS broken
      FROM "replicas" r
      JOIN "storage_backends" s ON s."id" = r."backend_id"
      LEFT JOIN "cloud_connections" c ON c."backend_id" = s."id"
      WHERE r."blob_id" = ANY(${[...ids]}::uuid[]) AND r."state" = 'VERIFIED'
      GROUP BY r."blob_id"`
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => sentenceOf(byId.get(id)))
  })
}

function sentenceOf(row: Row | undefined): string | null {
  if (!row) return 'Its bytes are not in the storage any more. Ask your administrator to look at the storage.'
  if (!row.away) return null
  if (row.broken) return new ConnectionBroken(row.broken).message
  return 'The place where it lies does not answer right now. Try again later.'
}
