import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { Grants } from '@archivolt/kit/identity/grant'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type DataLoader from 'dataloader'
import type { Document, PrismaClient } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  grants: Grants
  pubsub: PubSub
  usecases: UseCases
  limits: { maxFileSize: number }
  loaders: { document: DataLoader<string, Document | null> }
}
