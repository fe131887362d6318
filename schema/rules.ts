import type { GraphQLField, GraphQLSchema } from 'graphql'

/** Who may call a root field; the words are those of the builders' auth scopes. */
export interface Rule {
  subgraph: string
  root: 'Query' | 'Mutation' | 'Subscription'
  field: string
  kind: 'public' | 'signedIn' | 'session' | 'admin' | 'serviceAdmin' | 'scope'
  /** The service of `serviceAdmin`, the scope of `scope`. */
  of: string | null
}

const KINDS = ['public', 'signedIn', 'session', 'admin', 'serviceAdmin', 'scope'] as const
const OF_THE_SPECIFICATION = new Set(['_entities', '_service'])

/** The rule of every root field. @throws Error naming those that declare none, or one that is not understood */
export function rulesOf(subgraphs: Record<string, GraphQLSchema>): Rule[] {
  const rules: Rule[] = []
  const faults: string[] = []
  for (const [subgraph, schema] of Object.entries(subgraphs)) {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    for (const root of roots)
      for (const field of Object.values(root?.getFields() ?? {})) {
        if (OF_THE_SPECIFICATION.has(field.name)) continue
        const declared = ruleOf(field)
        if (declared) rules.push({ subgraph, root: root?.name as Rule['root'], field: field.name, ...declared })
        else faults.push(`${subgraph}: ${root?.name}.${field.name}`)
      }
  }
  if (faults.length) throw new Error(`These fields do not declare who may call them: ${faults.join(', ')}`)
  return rules
}

function ruleOf(field: GraphQLField<unknown, unknown>): Pick<Rule, 'kind' | 'of'> | null {
  const { pothosOptions } = field.extensions as { pothosOptions?: { authScopes?: Record<string, unknown> } }
  const [entry, ...others] = Object.entries(pothosOptions?.authScopes ?? {})
  const kind = KINDS.find((known) => known === entry?.[0])
  // Several scopes at once mean "any of them": a rule is one word, so that it can be read and tested.
  if (!entry || !kind || others.length) return null
  if (typeof entry[1] === 'string') return { kind, of: entry[1] }
  return entry[1] === true ? { kind, of: null } : null
}

/** One line for each root field, to be read when one changes. */
export function printRules(rules: readonly Rule[]): string {
  const lines = rules.map(({ root, field, kind, of }) => `${root}.${field} ${kind}${of ? ` ${of}` : ''}`)
  return `${lines.sort().join('\n')}\n`
}
