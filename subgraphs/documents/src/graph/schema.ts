import '../documents/document.graph.ts'
import '../documents/document-changed.graph.ts'
import '../documents/user-documents.graph.ts'
import '../uploads/upload.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the documents subgraph. */
export const schema = toSubgraphSchema(builder)
