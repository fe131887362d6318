import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { Grants } from '@archivolt/kit/identity/grant'
import type DataLoader from 'dataloader'
import type { Blob, PrismaClient } from '../../prisma/client/client.ts'
import type { Tickets } from '../uploads/ticket.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  grants: Grants
  tickets: Tickets
  now: () => number
  loaders: { blob: DataLoader<string, Blob | null> }
}
