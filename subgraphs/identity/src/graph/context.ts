import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type DataLoader from 'dataloader'
import type { Group, Plugin, PrismaClient, User } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'
import type { AskFeature, FeatureSettings } from '../plugins/ask-feature.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  usecases: UseCases
  pubsub: PubSub
  ask: AskFeature
  /** Settings that features have answered during this request. */
  settingsCache: Map<string, Promise<FeatureSettings | null>>
  loaders: {
    /** Groups that the viewer sees. */
    group: DataLoader<string, Group | null>
    groupsOf: DataLoader<string, Group[]>
    user: DataLoader<string, User | null>
    /** Features that the viewer may use. */
    plugin: DataLoader<string, Plugin | null>
    /** Any feature, for administrators. */
    registeredPlugin: DataLoader<string, Plugin | null>
  }
}
