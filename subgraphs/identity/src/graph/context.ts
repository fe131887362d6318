import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type DataLoader from 'dataloader'
import type { Group, Plugin, PrismaClient, User } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  usecases: UseCases
  loaders: { group: DataLoader<string, Group | null>; user: DataLoader<string, User | null>; plugin: DataLoader<string, Plugin | null> }
}
