import type { Document } from '../../prisma/client/client.ts'
import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import { toSnippet } from './snippet.ts'
import { toQueryParts } from './query.ts'

export interface ListedDocument extends Document {
  /** HTML-escaped, with matches in `<mark>`; null where nothing of the text matches or nothing was searched. */
  snippet: string | null
  rank: number
}

export interface DocumentPage extends Page<ListedDocument> {
  totalCount: () => Promise<number>
}

interface ListArgs {
  first?: number | null
  after?: string | null
  search?: string | null
}

/** A person types no more than this. */
const MAX_SEARCH = 500

/** Documents of one person: newest first, or what a search finds, best first. Keyset paging; counts only when asked. */
export const listDocuments =
  (deps: { db: PrismaClient }) =>
  async (ownerId: string, args: ListArgs): Promise<DocumentPage> => {
    const size = pageSize(args.first)
    const search = args.search?.slice(0, MAX_SEARCH).trim()
    return search
      ? searchPage(deps.db, ownerId, search, size, args.after)
      : newestPage(deps.db, ownerId, size, args.after)
  }

async function newestPage(
  db: PrismaClient,
  ownerId: string,
  size: number,
  after?: string | null,
): Promise<DocumentPage> {
  const id = after ? String(decodeCursor(after, ['string'])[0]) : undefined
  const rows = await db.document.findMany({
    where: { ownerId, ...(id && { id: { lt: id } }) },
    orderBy: { id: 'desc' },
    take: size + 1,
  })
  const listed = rows.map((row) => ({ ...row, snippet: null, rank: 0 }))
  return {
    ...toPage(listed, size, (row) => encodeCursor([row.id]), after),
    totalCount: () => db.document.count({ where: { ownerId } }),
  }
}

async function searchPage(
  db: PrismaClient,
  ownerId: string,
  search: string,
  size: number,
  after?: string | null,
): Promise<DocumentPage> {
  const query = tsquery(search)
  const beyond = after ? keyset(after) : Prisma.empty
  // The inner query ranks and cuts; only the rows of this page are highlighted, which costs far more than ranking.
  const found = await db.$queryRaw<{ id: string; rank: number; headline: string }[]>`
    WITH page AS (
      SELECT "document_id", "body", rank FROM (
        SELECT "document_id", "body", ts_rank("vector", ${query})::float8 AS rank
        FROM "search_entries" WHERE "owner_id" = ${ownerId}::uuid AND "vector" @@ ${query}
      ) ranked
      ${beyond}
      ORDER BY rank DESC, "document_id" DESC LIMIT ${size + 1}
    )
    SELECT "document_id" AS id, rank,
      ts_headline('public.folded', left("body", 100000), ${query}, ${HEADLINE}) AS headline
    FROM page ORDER BY rank DESC, "document_id" DESC`
  const documents = new Map(
    (await db.document.findMany({ where: { id: { in: found.map((row) => row.id) } } })).map((row) => [row.id, row]),
  )
  const listed = found.flatMap((row) => {
    const document = documents.get(row.id)
    return document ? [{ ...document, rank: row.rank, snippet: toSnippet(row.headline) }] : []
  })
  return {
    ...toPage(listed, size, (row) => encodeCursor([row.rank, row.id]), after),
    totalCount: async () => {
      const [row] = await db.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM "search_entries" WHERE "owner_id" = ${ownerId}::uuid AND "vector" @@ ${query}`
      return row?.n ?? 0
    },
  }
}

/** Private-use characters mark the matches, so that nothing in a text can pass for a mark. */
const HEADLINE = 'StartSel=\uE000, StopSel=\uE001, MaxFragments=2, MaxWords=28, MinWords=12, FragmentDelimiter=" … "'

function tsquery(search: string): Prisma.Sql {
  const { whole, prefix } = toQueryParts(search)
  if (prefix === null) return Prisma.sql`websearch_to_tsquery('public.folded', ${whole})`
  const begins = Prisma.sql`to_tsquery('public.folded', ${`'${prefix}':*`})`
  return whole === '' ? begins : Prisma.sql`(websearch_to_tsquery('public.folded', ${whole}) && ${begins})`
}

function keyset(after: string): Prisma.Sql {
  const [rank, id] = decodeCursor(after, ['number', 'string'])
  return Prisma.sql`WHERE (rank, "document_id") < (${rank}::float8, ${id}::uuid)`
}
