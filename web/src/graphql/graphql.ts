import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './graphql-env.d.ts'

/** Types every document from `schema/api.graphql`. Fragments are not masked: a component's fragment is its props' type. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: { DateTime: string; ByteCount: number }
}>()

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada'
