import '../audit/audit.graph.ts'
import '../plugins/plugin.graph.ts'
import '../sessions/session.graph.ts'
import '../users/register.graph.ts'
import '../users/user.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the identity subgraph. */
export const schema = toSubgraphSchema(builder)
