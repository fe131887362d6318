import { Prisma } from '../../prisma/client/client.ts'
import { readerKeys, type Access } from '../documents/access.ts'
import type { SearchPlan } from './plan.ts'

/**
 * Which rows of `search_entries` (as `e`) a plan finds for this person. Who may see it, what it is and what it says are
 * one scan of one index; only what remains is looked at row by row.
 */
export function conditionsOf(plan: SearchPlan, access: Access): Prisma.Sql {
  const readers = plan.trashed ? [`x:${access.userId}`] : readerKeys(access)
  const all = [Prisma.sql`e."keys" && ${readers}::text[]`]
  if (plan.impossible) all.push(Prisma.sql`false`)
  const single = plan.anyOf.flatMap((keys) => (keys.length === 1 ? keys : []))
  if (single.length) all.push(Prisma.sql`e."keys" @> ${single}::text[]`)
  for (const keys of plan.anyOf) if (keys.length > 1) all.push(Prisma.sql`e."keys" && ${keys}::text[]`)
  if (plan.noneOf.length) all.push(Prisma.sql`NOT (e."keys" && ${plan.noneOf}::text[])`)
  if (plan.query) all.push(Prisma.sql`e."vector" @@ ${plan.query}::tsquery`)
  if (plan.titleQuery) all.push(Prisma.sql`ts_filter(e."names", '{a}') @@ ${plan.titleQuery}::tsquery`)
  for (const range of plan.days) all.push(within(Prisma.sql`e."day"`, 'date', range))
  for (const range of plan.added) all.push(within(Prisma.sql`(e."created_at" AT TIME ZONE 'UTC')`, 'timestamp', range))
  for (const range of plan.sizes) all.push(within(Prisma.sql`e."size"`, 'bigint', range))
  return Prisma.join(all, ' AND ')
}

function within(
  column: Prisma.Sql,
  type: 'date' | 'timestamp' | 'bigint',
  range: { from: string | number | null; to: string | number | null; negated: boolean },
): Prisma.Sql {
  const cast = Prisma.raw(type)
  const bounds = [
    ...(range.from !== null ? [Prisma.sql`${column} >= CAST(${String(range.from)} AS ${cast})`] : []),
    ...(range.to !== null ? [Prisma.sql`${column} < CAST(${String(range.to)} AS ${cast})`] : []),
  ]
  const both = Prisma.join(bounds, ' AND ')
  return range.negated ? Prisma.sql`NOT (${both})` : Prisma.sql`(${both})`
}
