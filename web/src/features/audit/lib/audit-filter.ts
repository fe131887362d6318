import type { VariablesOf } from '@/graphql/graphql.ts'
import type { AuditEvents } from '../audit-documents.ts'

type Filter = NonNullable<VariablesOf<typeof AuditEvents>['filter']>

/** What an audit list is narrowed to, as it stands in the address. Days are those of whoever looks. */
export const FILTERS = ['service', 'type', 'actor', 'target', 'from', 'to'] as const
export type AuditAddress = Record<(typeof FILTERS)[number], string>

/** Null without a filter; what is not a day, or no target, filters nothing. */
export function filterOf({ service, type, actor, target, from, to }: AuditAddress): Filter | null {
  const begin = startOf(from, 0)
  const end = startOf(to, 1)
  // `User:0191…`, or the kind alone.
  const [kind = '', ...id] = target.trim().split(':')
  const filter: Filter = {
    ...(service && { service }),
    ...(type.trim() && { type: type.trim() }),
    ...(actor && { actorId: actor }),
    ...(kind && { target: { type: kind, ...(id.length > 0 && { id: id.join(':') }) } }),
    ...(begin && { from: begin }),
    // The server's end is exclusive; a person who names a day means all of it.
    ...(end && (!begin || end > begin) && { to: end }),
  }
  return Object.keys(filter).length > 0 ? filter : null
}

function startOf(day: string, later: 0 | 1): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!parts) return null
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
