import type { SubgraphContext } from '@archivolt/kit/graph/context'
import type { Grants } from '@archivolt/kit/identity/grant'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { UseCases } from '../app.ts'
import type { AiSettings } from '../settings/ai-settings.ts'
import type { suggestionsLoader } from '../suggestions/find-suggestions.ts'

export interface Context extends SubgraphContext {
  db: PrismaClient
  grants: Grants
  settings: AiSettings
  usecases: UseCases
  /** The suggestions of a document, by its row id. */
  loaders: { suggestions: ReturnType<typeof suggestionsLoader> }
}
