import { readFileSync } from 'node:fs'
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'

/** What clients see, as it is committed. */
export const publicApi = (): GraphQLSchema => buildSchema(readFileSync(new URL('api.graphql', import.meta.url), 'utf8'))

const VALUES: Record<string, unknown> = {
  String: 'x',
  Int: 1,
  Float: 1,
  Boolean: false,
  DateTime: '2030-01-01T00:00:00Z',
  ByteCount: 1,
  JSON: {},
}
const MAX_DEPTH = 6

/**
 * A smallest operation that calls one root field, with made-up values for what it asks for.
 * @param id stands for every id; optional ones are left out without it
 */
export function operationFor(
  schema: GraphQLSchema,
  root: 'Query' | 'Mutation' | 'Subscription',
  name: string,
  id?: string,
): { query: string; variables: Record<string, unknown> } {
  const field = schema.getType(root) && rootField(schema, root, name)
  if (!field) throw new Error(`there is no ${root}.${name}`)
  const args = field.args.filter(({ type }) => isNonNullType(type) || (id !== undefined && takesId(type)))
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'
  return {
    query: `${root.toLowerCase()}${declared && ` (${declared})`} { ${name}${given && `(${given})`}${selection} }`,
    variables: Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg.type, id, 0)])),
  }
}

function rootField(schema: GraphQLSchema, root: string, name: string): GraphQLField<unknown, unknown> | undefined {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return types.find((type) => type?.name === root)?.getFields()[name]
}

function takesId(type: GraphQLInputType, depth = 0): boolean {
  const named = getNamedType(type)
  if (named.name === 'ID') return true
  if (!isInputObjectType(named) || depth > MAX_DEPTH) return false
  return Object.values(named.getFields()).some((field) => takesId(field.type, depth + 1))
}

function valueOf(type: GraphQLInputType, id: string | undefined, depth: number): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, id, depth)
  if (isListType(type)) return [valueOf(type.ofType, id, depth + 1)]
  if (type.name === 'ID') return id ?? 'bm9ib2R5'
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (!isInputObjectType(type)) return VALUES[type.name] ?? 'x'
  const wanted = Object.values(type.getFields()).filter(
    (field) => isNonNullType(field.type) || (id !== undefined && depth < MAX_DEPTH && takesId(field.type)),
  )
  return Object.fromEntries(wanted.map((field) => [field.name, valueOf(field.type, id, depth + 1)]))
}
