import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** How large an operation is once its fragments are expanded. */
export interface Measure {
  depth: number
  introspectionDepth: number
  aliases: number
  directives: number
  rootFields: number
  fields: number
  /** Fragments that include themselves: no size at all. */
  cyclic: boolean
}

type Part = Omit<Measure, 'cyclic'>

const NOTHING: Part = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, rootFields: 0, fields: 0 }

/**
 * Measures all operations of a document together. Each fragment is measured once and its sizes are added wherever it
 * is spread, so fragments that expand to millions of fields cost no more than their text.
 */
export function measure(document: DocumentNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const known = new Map<string, Part>()
  let cyclic = false

  const ofFragment = (name: string): Part => {
    const before = known.get(name)
    if (before) return before
    const fragment = fragments.get(name)
    if (!fragment) return NOTHING
    known.set(name, NOTHING)
    visiting.add(name)
    const part = plusDirectives(ofSet(fragment.selectionSet), fragment.directives)
    visiting.delete(name)
    known.set(name, part)
    return part
  }
  const visiting = new Set<string>()

  const ofSelection = (selection: SelectionNode): Part => {
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return plusDirectives(ofSet(selection.selectionSet), selection.directives)
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value
      if (visiting.has(name)) cyclic = true
      return plusDirectives(ofFragment(name), selection.directives)
    }
    const inner = selection.selectionSet ? ofSet(selection.selectionSet) : NOTHING
    const part: Part = {
      ...inner,
      depth: inner.depth + 1,
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      // Fields of this set; whoever includes the set as its own selection keeps it, a parent field starts anew.
      rootFields: 1,
      fields: inner.fields + 1,
    }
    // By the field, never by a fragment's name, which anybody may choose.
    const name = selection.name.value
    const isMeta = name === '__schema' || name === '__type'
    return plusDirectives(isMeta ? { ...part, depth: 0, introspectionDepth: part.depth } : part, selection.directives)
  }

  const ofSet = (set: SelectionSetNode): Part => set.selections.map(ofSelection).reduce(add, NOTHING)

  let total = NOTHING
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const onVariables = definition.variableDefinitions?.flatMap((variable) => variable.directives ?? []) ?? []
    total = add(
      total,
      plusDirectives(ofSet(definition.selectionSet), [...(definition.directives ?? []), ...onVariables]),
    )
  }
  return { ...total, cyclic }
}

const add = (a: Part, b: Part): Part => ({
  depth: Math.max(a.depth, b.depth),
  introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  rootFields: a.rootFields + b.rootFields,
  fields: a.fields + b.fields,
})

const plusDirectives = (part: Part, directives: readonly unknown[] = []): Part =>
  directives.length ? { ...part, directives: part.directives + directives.length } : part
