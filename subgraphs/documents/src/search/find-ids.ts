import { decodeCursor } from '@archivolt/kit/graph/connection'
import { Prisma } from '../../prisma/client/client.ts'
import type { Access } from '../documents/access.ts'
import { conditionsOf } from './conditions.ts'
import { SORTINGS, type Order } from './order.ts'
import type { SearchPlan } from './plan.ts'

/** A row of a page: the document, what it is sorted by, and the passage that matches. */
export interface Found {
  id: string
  key: number | string
  headline: string | null
  /** How many match, counted up to one more than MATCHES; null where the order does not need them all. */
  total: number
}

/** Matches that are counted and ordered by relevance; a search that finds more says so. */
export const MATCHES = 10_000
/** Of the matches these are ranked by what they say: those named so first, then the newest. The rest follow by age. */
const RANKED = 400
/** Where there are more matches than are looked at, this many of the person's newest documents are looked at as well. */
const NEWEST = 2_000
/** What a match is worth that is not ranked: less than any that is. */
const UNRANKED = -1e6
/** In weight, five years are what a factor of e is in rank: the newer of two like documents comes first. */
const FIVE_YEARS_SECONDS = 157_788_000
/** For text, file names (unused), notes and file names, title. */
const WEIGHTS = '{0.1,0.2,0.5,1.0}'

/** One page, best match first: `size` + 1 rows after the cursor. */
export function relevancePage(plan: SearchPlan, access: Access, size: number, after?: string | null): Prisma.Sql {
  const query = Prisma.sql`${plan.query}::tsquery`
  const where = conditionsOf(plan, access)
  const row = Prisma.sql`e."document_id", e."vector", e."names" @@ ${query} AS named, least(e."day", e."created_at"::date) AS day`
  const beyond = after ? relevanceCursor(after) : Prisma.empty
  return Prisma.sql`
    WITH matched AS MATERIALIZED (
      SELECT ${row} FROM "search_entries" e WHERE ${where} LIMIT ${MATCHES + 1}
    ), recent AS MATERIALIZED (
      SELECT ${row} FROM (
        SELECT * FROM "search_entries" n WHERE n."owner_id" = ${access.userId}::uuid AND (SELECT count(*) FROM matched) > ${MATCHES}
        ORDER BY n."document_id" DESC LIMIT ${NEWEST}
      ) e WHERE ${where}
    ), placed AS (
      SELECT *, row_number() OVER (ORDER BY named DESC, "document_id" DESC) AS place FROM (
        SELECT * FROM matched UNION ALL
        SELECT * FROM recent WHERE "document_id" NOT IN (SELECT "document_id" FROM matched)
      ) together
    ), scored AS (
      SELECT "document_id", CASE WHEN place > ${RANKED} THEN ${UNRANKED}::float8 ELSE
        ln(ts_rank(${WEIGHTS}::real[], "vector", ${query}, 1) + 1e-6) + extract(epoch FROM day)::float8 / ${FIVE_YEARS_SECONDS} END AS score
      FROM placed
    ), page AS MATERIALIZED (
      SELECT "document_id", score FROM scored ${beyond} ORDER BY score DESC, "document_id" DESC LIMIT ${size + 1}
    )
    SELECT p."document_id" AS id, p.score AS key, (SELECT count(*) FROM matched)::int AS total, ${headline(plan)} AS headline
    FROM page p JOIN "search_entries" e USING ("document_id") ORDER BY p.score DESC, p."document_id" DESC`
}

function relevanceCursor(after: string): Prisma.Sql {
  const [score, id] = decodeCursor(after, ['number', 'string'])
  return Prisma.sql`WHERE (score, "document_id") < (${score}::float8, ${uuid(id)}::uuid)`
}

/** One page in another order: `size` + 1 rows after the cursor. */
export function sortedPage(
  plan: SearchPlan,
  access: Access,
  order: Exclude<Order, 'RELEVANCE'>,
  size: number,
  after?: string | null,
): Prisma.Sql {
  const { key, type, descending } = SORTINGS[order]
  const direction = Prisma.raw(descending ? 'DESC' : 'ASC')
  let beyond = Prisma.empty
  if (after) {
    const [value, id] = decodeCursor(after, [type === 'text' ? 'string' : 'number', 'string'])
    const than = Prisma.raw(descending ? '<' : '>')
    const cast = Prisma.raw(type === 'text' ? 'text COLLATE "C"' : 'float8')
    beyond = Prisma.sql`WHERE (key, "document_id") ${than} (${value}::${cast}, ${uuid(id)}::uuid)`
  }
  return Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT "document_id", key FROM (
        SELECT e."document_id", ${key} AS key FROM "search_entries" e WHERE ${conditionsOf(plan, access)}
      ) matched ${beyond} ORDER BY key ${direction}, "document_id" ${direction} LIMIT ${size + 1}
    )
    SELECT p."document_id" AS id, p.key, 0 AS total, ${headline(plan)} AS headline
    FROM page p JOIN "search_entries" e USING ("document_id") ORDER BY p.key ${direction}, p."document_id" ${direction}`
}

/** How many a plan finds, up to one more than MATCHES. */
export function countSql(plan: SearchPlan, access: Access): Prisma.Sql {
  return Prisma.sql`SELECT count(*)::int AS n FROM (
    SELECT 1 FROM "search_entries" e WHERE ${conditionsOf(plan, access)} LIMIT ${MATCHES + 1}) counted`
}

function headline(plan: SearchPlan): Prisma.Sql {
  return plan.marks === null
    ? Prisma.sql`NULL::text`
    : Prisma.sql`public.search_headline(e."language", e."body", ${plan.marks}::tsquery, ${plan.words}::text[])`
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A cursor is what its bearer says it is: an id in it is looked at before the database is. */
function uuid(id: string | number | undefined): string {
  const text = String(id)
  return UUID.test(text) ? text : '00000000-0000-0000-0000-000000000000'
}
