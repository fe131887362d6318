import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { Grants } from '@archivolt/kit/identity/grant'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type DataLoader from 'dataloader'
import type { Document, Preview, PrismaClient, ProcessingStep } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'
import type { Access } from '../documents/access.ts'
import type { DocumentLoaders } from '../documents/document-loaders.ts'
import type { Facts } from '../ingest/facts.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  grants: Grants
  pubsub: PubSub
  usecases: UseCases
  /** Whom the viewer counts as; null for a stranger. */
  access: Access | null
  /** Days that the trash keeps documents. */
  trashDays: number
  /** Where the web client is, without a slash at the end. */
  frontendUrl: string
  loaders: DocumentLoaders & {
    /** How far documents are, by their ids. */
    steps: DataLoader<string, ProcessingStep[]>
    /** What their content tells, by their ids. */
    facts: DataLoader<string, Facts | null>
    duplicates: DataLoader<string, Document[]>
    preview: DataLoader<string, Preview | null>
    /** Of documents, by their ids. */
    thumbnail: DataLoader<string, Preview | null>
  }
}
