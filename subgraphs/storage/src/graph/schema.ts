import '../backends/backend.graph.ts'
import '../blobs/blob.graph.ts'
import '../quotas/storage-usage.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the storage subgraph. */
export const schema = toSubgraphSchema(builder)
