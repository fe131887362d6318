import type { VariablesOf } from '@/graphql/graphql.ts'
import type { People } from '../people-documents.ts'

type Filter = NonNullable<VariablesOf<typeof People>['filter']>

const ROLES: Record<string, Filter['role']> = { admin: 'ADMIN', user: 'USER' }
const STATES: Record<string, boolean> = { active: true, deactivated: false }

/** What the address says, as the server takes it; words it does not know filter nothing. Null without a filter. */
export function filterOf({ q, role, state }: { q: string; role: string; state: string }): Filter | null {
  const filter: Filter = {
    ...(q && { search: q }),
    ...(Object.hasOwn(ROLES, role) && { role: ROLES[role] }),
    ...(Object.hasOwn(STATES, state) && { active: STATES[state] }),
  }
  return Object.keys(filter).length > 0 ? filter : null
}
