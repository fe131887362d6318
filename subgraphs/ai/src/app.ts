import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { UnavailableError } from '@archivolt/kit/errors/domain-error'
import { createGrants } from '@archivolt/kit/identity/grant'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { createDocumentText } from './documents/document-text.ts'
import { addForgetContract } from './documents/forget-contract.http.ts'
import type { AiEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { manifest } from './manifest.ts'
import type { AiProvider } from './providers/provider.ts'
import { openProvider, settingsFrom } from './settings/ai-settings.ts'
import { testAiConnection } from './settings/usecases/test-ai-connection.ts'
import { suggestionsLoader } from './suggestions/find-suggestions.ts'
import { limitSuggestions } from './suggestions/limit-suggestions.ts'
import { suggestTopics } from './suggestions/usecases/suggest-topics.ts'

export interface AiApp extends SubgraphServer {
  /** Starts background work; call once the services of the house listen. */
  start(): Promise<void>
}

export interface AiOverrides extends ServiceOverrides {
  /** How long the provider may take for one answer. */
  providerTimeoutMs?: number
}

export type UseCases = ReturnType<typeof createUseCases>

/** Wires the ai service: database migrated, provider chosen but not asked, doors built but not open. */
export async function buildApp(env: AiEnv, overrides: AiOverrides = {}): Promise<AiApp> {
  const base = await openService('ai', env, directoryFrom(env), overrides)
  const { log, now, platform } = base
  await prepareDatabase({
    url: env.DATABASE_URL,
    migrateUrl: env.DATABASE_MIGRATE_URL,
    folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)),
    log,
  })
  const db = new PrismaClient({
    adapter: prismaAdapter('ai', env.DATABASE_URL),
    transactionOptions: TRANSACTION_OPTIONS,
  })

  const settings = settingsFrom(env)
  if (settings.missing.length)
    log.warn({ provider: settings.provider, missing: settings.missing }, 'the AI provider is not fully set up')
  const provider = openProvider(settings, env, overrides.providerTimeoutMs)
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)
  const closing = new AbortController()
  const usecases = createUseCases(db, base, provider, closing.signal)

  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => ({
      ...common,
      db,
      grants,
      settings,
      usecases,
      loaders: { suggestions: suggestionsLoader(db) },
    }),
    // The provider is no part of this: the vault is whole without it. `testAiConnection` asks it.
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
    },
  })

  addForgetContract(server.http, base.verify, { db })

  return {
    ...server,
    start: async () => {},
    async close() {
      // A provider may take longer to answer than a shutdown may last.
      closing.abort(new UnavailableError('The ai service'))
      await server.close()
      await base.close()
      await db.$disconnect()
    },
  }
}

function createUseCases(
  db: PrismaClient,
  base: Awaited<ReturnType<typeof openService>>,
  provider: AiProvider,
  signal: AbortSignal,
) {
  const { log, services, platform } = base
  const limit = limitSuggestions({ rateLimits: platform.shared.rateLimits })
  return {
    suggestTopics: suggestTopics({
      db,
      provider,
      documentText: createDocumentText(services),
      limitSuggestions: limit,
      log,
      signal,
    }),
    testAiConnection: testAiConnection({ provider, signal }),
  }
}
