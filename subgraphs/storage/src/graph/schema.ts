import '../backends/backend.graph.ts'
import '../blobs/blob.graph.ts'
import '../blobs/preview.graph.ts'
import '../fixity/fixity.graph.ts'
import '../garbage/garbage.graph.ts'
import '../connections/connection.graph.ts'
import '../migrations/migration.graph.ts'
import '../migrations/migration-progress.graph.ts'
import '../migrations/migration-steps.graph.ts'
import '../quotas/quota.graph.ts'
import '../quotas/storage-usage.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the storage subgraph. */
export const schema = toSubgraphSchema(builder)
