import {
  isObjectType,
  Kind,
  parse,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
} from 'graphql'

/** What a feature's schema is judged against. */
export interface House {
  /** What clients see of the vault without features. */
  api: GraphQLSchema
  /** The same with what clients do not see. */
  whole: GraphQLSchema
  /** Fields by which other subgraphs refer to an entity, by its type. */
  keys: ReadonlyMap<string, ReadonlySet<string>>
}

const MAX_TOKENS = 50_000
const ROOTS = new Set(['Query', 'Mutation', 'Subscription'])
/** With these a subgraph takes over, hides or renames what is another's. */
const FORBIDDEN = new Set([
  'override',
  'inaccessible',
  'interfaceObject',
  'composeDirective',
  'context',
  'fromContext',
  'authenticated',
  'requiresScopes',
  'policy',
])
const LINKABLE = /^https:\/\/specs\.apollo\.dev\/(federation|link)\/v\d+\.\d+$/

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode

/**
 * Why a feature may not have this schema, beyond what composition itself finds; null when it may. A feature adds: types
 * and root fields of its own, and fields to the vault's entities. It takes nothing over and hides nothing.
 */
export function objectionTo(sdl: string, house: House): string | null {
  let document: DocumentNode
  try {
    document = parse(sdl, { maxTokens: MAX_TOKENS, noLocation: true })
  } catch (error) {
    return `its schema cannot be read: ${(error as Error).message}`
  }
  return directiveObjection(document) ?? fieldObjection(document, house)
}

function directiveObjection(document: DocumentNode): string | null {
  let objection: string | null = null
  visit(document, {
    Directive(node) {
      const name = node.name.value.replace(/^federation__/, '')
      if (FORBIDDEN.has(name)) objection ??= `it uses @${node.name.value}, which features may not`
      if (name === 'link') objection ??= linkObjection(node)
    },
  })
  return objection
}

/** Another name for a directive would hide which one it is. */
function linkObjection(node: DirectiveNode): string | null {
  for (const { name, value } of node.arguments ?? []) {
    if (name.value === 'url' && !(value.kind === Kind.STRING && LINKABLE.test(value.value)))
      return 'it links something that is not the federation specification'
    if (name.value === 'as') return 'it links the federation specification under another name'
    if (name.value === 'import' && value.kind === Kind.LIST && value.values.some(({ kind }) => kind !== Kind.STRING))
      return 'it imports a directive under another name'
  }
  return null
}

function fieldObjection(document: DocumentNode, house: House): string | null {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue
    const known = house.whole.getType(definition.name.value)
    if (!isObjectType(known)) continue
    const objection = objectObjection(definition, house)
    if (objection) return objection
  }
  return null
}

function objectObjection(definition: ObjectNode, { api, whole, keys }: House): string | null {
  const type = definition.name.value
  const theirs = fieldsOf(whole, type)
  const keyFields = keys.get(type)
  for (const field of definition.fields ?? []) {
    const name = field.name.value
    if (!theirs.has(name)) continue
    if (ROOTS.has(type)) return `${type}.${name} is the vault's own`
    // A type without a key is shared by value, where composition asks every side to agree.
    if (!keyFields) continue
    if (keyFields.has(name)) continue
    if (!isExternal(field)) return `${type}.${name} is the vault's own`
    if (!fieldsOf(api, type).has(name)) return `${type}.${name} is not for features`
  }
  return null
}

const isExternal = (field: FieldDefinitionNode): boolean =>
  (field.directives ?? []).some(({ name }) => name.value.replace(/^federation__/, '') === 'external')

function fieldsOf(schema: GraphQLSchema, name: string): Set<string> {
  const type = schema.getType(name)
  return new Set(isObjectType(type) ? Object.keys(type.getFields()) : [])
}

/** The fields named in `@key` of these schemas, by type. */
export function keysOf(sdls: readonly string[]): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>()
  for (const sdl of sdls)
    for (const definition of parse(sdl, { noLocation: true }).definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue
      for (const directive of definition.directives ?? []) {
        const fields = directive.arguments?.find(({ name }) => name.value === 'fields')?.value
        if (directive.name.value !== 'key' || fields?.kind !== Kind.STRING) continue
        const known = keys.get(definition.name.value) ?? new Set()
        for (const name of fields.value.match(/\w+/g) ?? []) known.add(name)
        keys.set(definition.name.value, known)
      }
    }
  return keys
}
