interface Rules {
  allowSuperuser: boolean
  requiredGroups: readonly string[]
}

/** Who may use an app by its own rules, in a sentence. */
export function describeAccess({ allowSuperuser, requiredGroups }: Rules): string {
  if (requiredGroups.length === 0) return 'Everyone with an account may use it.'
  const groups = new Intl.ListFormat(undefined, { type: 'disjunction' }).format(requiredGroups)
  return `Members of ${groups} may use it${allowSuperuser ? ', and administrators' : ''}.`
}

/** Whether there is anything to give: what is open to everyone needs no permission. */
export const isRestricted = ({ requiredGroups }: Rules): boolean => requiredGroups.length > 0
