import { Prisma } from '../../prisma/client/client.ts'

/** In what order documents are listed. `RELEVANCE` without words is `NEWEST`. */
export type Order = 'RELEVANCE' | 'NEWEST' | 'OLDEST' | 'DATE_NEWEST' | 'DATE_OLDEST' | 'TITLE' | 'LARGEST'

interface Sorting {
  /** What is sorted by, over rows of `search_entries` as `e`, as text or number; the id decides between equals. */
  key: Prisma.Sql
  type: 'text' | 'float8'
  descending: boolean
}

const DAY = Prisma.sql`(e."day" - DATE '2000-01-01')::float8`

/** How an order other than by relevance sorts. */
export const SORTINGS: Record<Exclude<Order, 'RELEVANCE'>, Sorting> = {
  NEWEST: { key: Prisma.sql`0::float8`, type: 'float8', descending: true },
  OLDEST: { key: Prisma.sql`0::float8`, type: 'float8', descending: false },
  DATE_NEWEST: { key: DAY, type: 'float8', descending: true },
  DATE_OLDEST: { key: DAY, type: 'float8', descending: false },
  TITLE: { key: Prisma.sql`public.fold(e."title") COLLATE "C"`, type: 'text', descending: false },
  LARGEST: { key: Prisma.sql`e."size"::float8`, type: 'float8', descending: true },
}
