import '../providers/provider.graph.ts'
import '../settings/settings.graph.ts'
import '../suggestions/suggestion.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the ai subgraph. */
export const schema = toSubgraphSchema(builder)
