import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { Grants } from '@archivolt/kit/identity/grant'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type DataLoader from 'dataloader'
import type { Blob, PrismaClient } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'
import type { Tickets } from '../uploads/ticket.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  usecases: UseCases
  grants: Grants
  tickets: Tickets
  now: () => number
  pubsub: PubSub
  /** An address at the place itself, where clients reach it; null otherwise. */
  presignDownload(blob: Blob, expiresInSeconds: number): Promise<string | null>
  /** Bytes a person may store unless their account says otherwise; null for no limit. */
  quotaDefault: number | null
  loaders: {
    blob: DataLoader<string, Blob | null>
    /** Why a blob cannot be opened right now. */
    unavailable: DataLoader<string, string | null>
    /** How many documents live at a place. */
    documentsAt: DataLoader<string, number>
  }
}
