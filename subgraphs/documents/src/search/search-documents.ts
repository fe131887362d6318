import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import type { Document, PrismaClient } from '../../prisma/client/client.ts'
import { visibleTo, type Access } from '../documents/access.ts'
import { didYouMean } from './did-you-mean.ts'
import { findFacets, type Facets } from './facets.ts'
import { countSql, MATCHES, relevancePage, sortedPage, type Found } from './find-ids.ts'
import { countVisible, MOST_COUNTED, newestIds } from './newest-page.ts'
import type { Order } from './order.ts'
import { asksNothing, type SearchPlan } from './plan.ts'
import { resolveSearch, type DocumentFilter } from './resolve-search.ts'
import { toSnippet } from './snippet.ts'

export interface ListedDocument extends Document {
  /** HTML-escaped, with matches in `<mark>`; null where nothing of the text matches or nothing was searched. */
  snippet: string | null
}

export interface Total {
  count: number
  /** False when there are more than are counted. */
  exact: boolean
}

export interface DocumentPage extends Page<ListedDocument> {
  total: () => Promise<Total>
  facets: () => Promise<Facets>
  /** What was probably meant, where nothing was found. */
  didYouMean: () => Promise<string | null>
  plan: SearchPlan
}

export interface ListArgs {
  first?: number | null
  after?: string | null
  search?: string | null
  filter?: DocumentFilter | null
  orderBy?: Order | null
  /** Only what is shared with this one of the principals they count as. */
  principal?: string
}

type Deps = { db: PrismaClient; now: () => number }

/** What this person may see: newest first, or what a search finds, best first. Keyset paging; counts only when asked. */
export const listDocuments =
  (deps: Deps) =>
  async (access: Access, args: ListArgs): Promise<DocumentPage> => {
    const size = pageSize(args.first)
    const plan = await resolveSearch(deps)(access, args.search, args.filter ?? {})
    if (args.principal) plan.anyOf.push([args.principal])
    const chosen = args.orderBy ?? 'RELEVANCE'
    const order = chosen === 'RELEVANCE' && plan.query === null ? 'NEWEST' : chosen
    const page =
      asksNothing(plan) && order === 'NEWEST'
        ? await newest(deps, access, size, args.after)
        : await found(deps, access, plan, order, size, args.after)
    return {
      ...page,
      plan,
      facets: once(() => findFacets(deps.db, plan, access)),
      didYouMean: once(async () => {
        if (plan.query === null || plan.impossible || args.after || page.edges.length > 0) return null
        return didYouMean(deps.db, plan, access, args.search ?? '')
      }),
    }
  }

async function newest(deps: Deps, access: Access, size: number, after?: string | null) {
  const from = after ? String(decodeCursor(after, ['string'])[0]) : null
  const ids = await deps.db.$queryRaw<{ id: string }[]>(newestIds(access, size + 1, checkId(from)))
  const rows = await documentsOf(
    deps.db,
    access,
    ids.map(({ id }) => id),
  )
  const listed = ids.flatMap(({ id }) => {
    const document = rows.get(id)
    return document ? [{ ...document, snippet: null }] : []
  })
  return {
    ...toPage(listed, size, (row) => encodeCursor([row.id]), after),
    total: once(async () => {
      const [row] = await deps.db.$queryRaw<{ n: bigint }[]>(countVisible(access))
      const count = Number(row?.n ?? 0)
      return { count, exact: count <= MOST_COUNTED }
    }),
  }
}

async function found(deps: Deps, access: Access, plan: SearchPlan, order: Order, size: number, after?: string | null) {
  const sql =
    order === 'RELEVANCE' ? relevancePage(plan, access, size, after) : sortedPage(plan, access, order, size, after)
  const ids = plan.impossible ? [] : await deps.db.$queryRaw<Found[]>(sql)
  const rows = await documentsOf(
    deps.db,
    access,
    ids.map(({ id }) => id),
  )
  const keys = new Map(ids.map(({ id, key }) => [id, key]))
  const listed = ids.flatMap(({ id, headline }) => {
    const document = rows.get(id)
    return document ? [{ ...document, snippet: headline === null ? null : toSnippet(headline) }] : []
  })
  return {
    ...toPage(listed, size, (row) => encodeCursor([keys.get(row.id) ?? 0, row.id]), after),
    total: once(async () => {
      const known = order === 'RELEVANCE' ? ids[0]?.total : undefined
      const count = known ?? (await countMatches(deps.db, plan, access))
      return { count: Math.min(count, MATCHES), exact: count <= MATCHES }
    }),
  }
}

async function countMatches(db: PrismaClient, plan: SearchPlan, access: Access): Promise<number> {
  if (plan.impossible) return 0
  const [row] = await db.$queryRaw<{ n: number }[]>(countSql(plan, access))
  return row?.n ?? 0
}

/** The index says what is found; the permission filter says once more, over the rows themselves, what is shown. */
async function documentsOf(db: PrismaClient, access: Access, ids: string[]): Promise<Map<string, Document>> {
  if (ids.length === 0) return new Map()
  const rows = await db.document.findMany({ where: { id: { in: ids }, AND: [visibleTo(access)] } })
  return new Map(rows.map((row) => [row.id, row]))
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const checkId = (id: string | null): string | null =>
  id === null || UUID.test(id) ? id : '00000000-0000-0000-0000-000000000000'

/** Asked for by several fields, worked out once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= work())
}
