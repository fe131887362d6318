import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import type { Access } from '../documents/access.ts'
import { conditionsOf } from './conditions.ts'
import { MATCHES } from './find-ids.ts'
import type { SearchPlan } from './plan.ts'

export interface Facet {
  /** What a filter takes: an id, a media type, a code, a year; null for none. */
  value: string | null
  count: number
}

export interface Facets {
  categories: Facet[]
  topics: Facet[]
  types: Facet[]
  years: Facet[]
  languages: Facet[]
}

/** Of each kind, those that most have. */
const MOST = 30
const KINDS = { c: 'categories', t: 'topics', m: 'types', y: 'years', l: 'languages' } as const

/** How many of what is found lie in which category, have which topic …, counted over the first MATCHES of them. */
export async function findFacets(
  db: Pick<PrismaClient, '$queryRaw'>,
  plan: SearchPlan,
  access: Access,
): Promise<Facets> {
  const rows = await db.$queryRaw<{ kind: keyof typeof KINDS; value: string; n: number }[]>(Prisma.sql`
    WITH matched AS MATERIALIZED (
      SELECT e."keys" FROM "search_entries" e WHERE ${conditionsOf(plan, access)} LIMIT ${MATCHES}
    ), counted AS (
      SELECT key, count(*)::int AS n FROM matched, unnest("keys") AS key GROUP BY key
    )
    SELECT kind, value, n FROM (
      SELECT split_part(key, ':', 1) AS kind, substr(key, 3) AS value, n,
        row_number() OVER (PARTITION BY split_part(key, ':', 1) ORDER BY n DESC, key) AS place
      FROM counted WHERE key ~ '^[ctmyl]:'
    ) placed WHERE place <= ${MOST} ORDER BY kind, n DESC, value`)
  const facets: Facets = { categories: [], topics: [], types: [], years: [], languages: [] }
  for (const { kind, value, n } of rows) facets[KINDS[kind]].push({ value: value === 'none' ? null : value, count: n })
  return facets
}
