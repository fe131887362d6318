/** What a manifest asks of whoever uses the feature. */
export interface AccessRules {
  allowSuperuser: boolean
  /** One of them is enough; none asks nothing of anybody. */
  requiredGroups: readonly string[]
}

/** What decides whether a person may use a feature. */
export interface Holder {
  role: 'ADMIN' | 'USER'
  /** Names of the groups the person is in. */
  groups: readonly string[]
  /** Ids of the features granted to the person or to one of the groups. */
  grants: ReadonlySet<string>
}

/** Whether a person may see and call the feature `id`. */
export function mayUse(id: string, rules: AccessRules, holder: Holder): boolean {
  if (rules.requiredGroups.length === 0 || holder.grants.has(id)) return true
  if (holder.role === 'ADMIN' && rules.allowSuperuser) return true
  return rules.requiredGroups.some((group) => holder.groups.includes(group))
}

/** Whether there is anybody whom the new rules let in and the old ones do not. */
export function isLooser(before: AccessRules, after: AccessRules): boolean {
  if (before.requiredGroups.length === 0) return false
  if (after.requiredGroups.length === 0) return true
  if (after.allowSuperuser && !before.allowSuperuser) return true
  return after.requiredGroups.some((group) => !before.requiredGroups.includes(group))
}
