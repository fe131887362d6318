import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import type { Migration, MigrationEvent, MigrationItem, Prisma, PrismaClient } from '../../prisma/client/client.ts'
import { tallyOf, type Tally } from './migration.ts'

/** A migration with what it has done so far and what was decided about it. */
export interface MigrationView extends Migration {
  tally: Tally
  events: MigrationEvent[]
}

const MOST_EVENTS = 200
const include = { progress: true, workers: true, events: { orderBy: { id: 'asc' }, take: MOST_EVENTS } } as const

/** Costs the same however many files there are. Null when there is none of this id. */
export async function readMigration(db: PrismaClient, id: string, now: number): Promise<MigrationView | null> {
  const row = await db.migration.findUnique({ where: { id }, include })
  return row && viewOf(row, now)
}

type Row = Prisma.MigrationGetPayload<{ include: typeof include }>

function viewOf({ progress, workers, events, ...migration }: Row, now: number): MigrationView {
  const sums = progress.find(({ direction }) => direction === migration.direction)
  return { ...migration, events, tally: tallyOf(migration, sums, workers, now) }
}

interface Paging {
  first?: number | null
  after?: string | null
}

/** The newest first. @throws InvalidInputError */
export async function listMigrations(
  db: PrismaClient,
  { first, after }: Paging,
  now: number,
): Promise<Page<MigrationView>> {
  const size = pageSize(first)
  const [id] = after ? decodeCursor(after, ['string']) : []
  const rows = await db.migration.findMany({
    where: id ? { id: { lt: String(id) } } : {},
    include,
    orderBy: { id: 'desc' },
    take: size + 1,
  })
  const views = rows.map((row) => viewOf(row, now))
  return toPage(views, size, (view) => encodeCursor([view.id]), after)
}

/** A file that could not be moved. */
export interface FailedItem extends MigrationItem {
  /** Null when it was purged meanwhile. */
  blob: { ownerId: string; documentId: string } | null
}

/** The files that could not be moved, in the direction it has now. @throws InvalidInputError */
export async function listFailures(
  db: PrismaClient,
  migration: Migration,
  { first, after }: Paging,
): Promise<Page<FailedItem>> {
  const size = pageSize(first)
  const [id] = after ? decodeCursor(after, ['string']) : []
  const rows = await db.migrationItem.findMany({
    where: {
      migrationId: migration.id,
      direction: migration.direction,
      state: 'FAILED',
      ...(id && { blobId: { gt: String(id) } }),
    },
    orderBy: { blobId: 'asc' },
    take: size + 1,
  })
  const blobs = await db.blob.findMany({
    where: { id: { in: rows.map(({ blobId }) => blobId) } },
    select: { id: true, ownerId: true, documentId: true },
  })
  const byId = new Map(blobs.map((blob) => [blob.id, blob]))
  const items = rows.map((row): FailedItem => ({ ...row, blob: byId.get(row.blobId) ?? null }))
  return toPage(items, size, (item) => encodeCursor([item.blobId]), after)
}
