import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { loaderById } from '@archivolt/kit/graph/loader'
import { createGrants } from '@archivolt/kit/identity/grant'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { handle } from '@archivolt/kit/jobs/job'
import { startOutboxDispatcher, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { announceDocument } from './documents/document-events.ts'
import { addTextContract } from './documents/text-contract.http.ts'
import type { DocumentsEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { createExtractor } from './ingest/extract/extractor.ts'
import { ingestJob } from './ingest/ingest.job.ts'
import { ingestDocument } from './ingest/usecases/ingest-document.ts'
import { manifest } from './manifest.ts'
import { listDocuments } from './search/search-documents.ts'
import { createByteStore, type ByteStore } from './storage/byte-store.ts'
import { abortUpload } from './uploads/usecases/abort-upload.ts'
import { completeUpload } from './uploads/usecases/complete-upload.ts'
import { createUpload } from './uploads/usecases/create-upload.ts'
import { sweepStale } from './uploads/usecases/sweep-stale.ts'
import { SWEEP_EVERY_MS, sweepStaleJob } from './uploads/sweep-stale.job.ts'

export interface DocumentsApp extends SubgraphServer {
  /** Starts background work; call once the services of the house listen. */
  start(): Promise<void>
}

export type UseCases = ReturnType<typeof createUseCases>

/** Wires the documents service: database migrated, doors built but not open. */
export async function buildApp(env: DocumentsEnv, overrides: ServiceOverrides = {}): Promise<DocumentsApp> {
  const base = await openService('documents', env, directoryFrom(env), overrides)
  const { log, now, platform } = base
  await prepareDatabase({
    url: env.DATABASE_URL,
    migrateUrl: env.DATABASE_MIGRATE_URL,
    folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)),
    log,
  })
  const db = new PrismaClient({
    adapter: prismaAdapter('documents', env.DATABASE_URL),
    transactionOptions: TRANSACTION_OPTIONS,
  })

  const bytes = createByteStore(base.services)
  const announce = announceDocument({ pubsub: platform.shared.pubsub, log })
  const outbox = startOutboxDispatcher({ databaseUrl: env.DATABASE_URL, queues: platform.queues, log })
  const extractor = createExtractor(env.INGEST_CONCURRENCY)
  const ingest = ingestDocument({ db, bytes, extractor, announce })
  const usecases = createUseCases({ env, db, bytes, announce, outbox })
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)

  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => ({
      ...common,
      db,
      grants,
      pubsub: platform.shared.pubsub,
      usecases,
      limits: { maxFileSize: env.MAX_FILE_SIZE },
      loaders: {
        // The one way to a document by its id: whoever may not see it finds nothing, by a query or a representation.
        document: loaderById((ids) =>
          common.viewer
            ? db.document.findMany({ where: { id: { in: ids }, ownerId: common.viewer.userId } })
            : Promise.resolve([]),
        ),
      },
    }),
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
    },
  })
  addTextContract(server.http, base.verify, { db })

  let worker: { close(): Promise<void> } | undefined
  return {
    ...server,
    async start() {
      const sweep = sweepStale({ db, bytes, outbox, completeUpload: usecases.completeUpload, log, now })
      const handlers = [
        handle(ingestJob, (task, run) => ingest(task, run)),
        handle(sweepStaleJob, (_payload, { signal }) => sweep(signal)),
      ]
      await platform.queues.schedule('documents', { name: sweepStaleJob.name, everyMs: SWEEP_EVERY_MS })
      worker = await platform.queues.worker('documents', { concurrency: env.INGEST_CONCURRENCY, handlers })
    },
    async close() {
      await worker?.close()
      await server.close()
      await outbox.close()
      await extractor.close()
      await base.close()
      await db.$disconnect()
    },
  }
}

function createUseCases(parts: {
  env: DocumentsEnv
  db: PrismaClient
  bytes: ByteStore
  announce: ReturnType<typeof announceDocument>
  outbox: OutboxDispatcher
}) {
  const { env, db, bytes, announce, outbox } = parts
  return {
    listDocuments: listDocuments({ db }),
    createUpload: createUpload({ db, bytes, maxFileSize: env.MAX_FILE_SIZE }),
    completeUpload: completeUpload({ db, bytes, outbox, announce }),
    abortUpload: abortUpload({ db, bytes }),
  }
}
