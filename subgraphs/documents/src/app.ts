import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { createGrants } from '@archivolt/kit/identity/grant'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { handle } from '@archivolt/kit/jobs/job'
import { startOutboxDispatcher, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { createObjectStore } from '@archivolt/kit/objects/object-store'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { accessOf, editableDocuments } from './documents/access.ts'
import { announceDocument } from './documents/document-events.ts'
import { documentLoaders } from './documents/document-loaders.ts'
import { openOrganising } from './documents/open-organising.ts'
import { addTextContract } from './documents/text-contract.http.ts'
import type { DocumentsEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { openIngest } from './ingest/open-ingest.ts'
import { findReprocessing, reprocessDocuments } from './ingest/usecases/reprocess-documents.ts'
import { resumeSteps } from './ingest/usecases/resume-steps.ts'
import { ingestLoaders } from './ingest/loaders.ts'
import { manifest } from './manifest.ts'
import { createByteStore, type ByteStore } from './storage/byte-store.ts'
import { addTopicsContract } from './topics/topics-contract.http.ts'
import { acceptTopics } from './topics/usecases/accept-topics.ts'
import { abortUpload } from './uploads/usecases/abort-upload.ts'
import { completeUpload } from './uploads/usecases/complete-upload.ts'
import { createUpload } from './uploads/usecases/create-upload.ts'
import { sweepStale } from './uploads/usecases/sweep-stale.ts'
import { SWEEP_EVERY_MS, sweepStaleJob } from './uploads/sweep-stale.job.ts'

export interface DocumentsApp extends SubgraphServer {
  /** Starts background work; call once the services of the house listen. */
  start(): Promise<void>
}

/** Jobs of this service at a time, beside those that read documents in. */
const WORKERS = 2

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
  const announce = announceDocument({ pubsub: platform.shared.pubsub, db, log })
  const outbox = startOutboxDispatcher({ databaseUrl: env.DATABASE_URL, queues: platform.queues, log })
  const objects = createObjectStore(base.services)
  const ingest = openIngest({ env, db, bytes, objects, queues: platform.queues, announce, outbox, log })
  const organising = openOrganising({
    db,
    bytes,
    objects,
    services: base.services,
    announce,
    outbox,
    rateLimits: platform.shared.rateLimits,
    maxFileSize: env.MAX_FILE_SIZE,
    trashDays: env.TRASH_DAYS,
    log,
    now,
  })
  const usecases = createUseCases({ db, bytes, announce, outbox, organising })
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)

  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => {
      const access = common.viewer && accessOf(common.viewer)
      return {
        ...common,
        db,
        grants,
        pubsub: platform.shared.pubsub,
        usecases,
        access,
        trashDays: env.TRASH_DAYS,
        frontendUrl: (env.FRONTEND_URL ?? env.PUBLIC_URL).replace(/\/$/, ''),
        loaders: { ...ingestLoaders(db), ...documentLoaders(db, access) },
      }
    },
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
    },
  })
  addTextContract(server.http, base.verify, { db })
  addTopicsContract(server.http, base.verify, { acceptTopics: acceptTopics({ db, announce }) })

  let worker: { close(): Promise<void> } | undefined
  return {
    ...server,
    async start() {
      const resume = resumeSteps({ db, outbox, announce, log, now })
      const sweep = sweepStale({ db, bytes, completeUpload: usecases.completeUpload, resumeSteps: resume, log, now })
      const handlers = [
        ...ingest.handlers,
        ...organising.handlers,
        handle(sweepStaleJob, (_payload, { signal }) => sweep(signal)),
      ]
      await platform.queues.schedule('documents', { name: sweepStaleJob.name, everyMs: SWEEP_EVERY_MS })
      await organising.schedule(platform.queues)
      worker = await platform.queues.worker('documents', { concurrency: WORKERS, handlers })
      await ingest.start()
    },
    async close() {
      await Promise.all([worker?.close(), ingest.close()])
      await server.close()
      await outbox.close()
      await base.close()
      await db.$disconnect()
    },
  }
}

function createUseCases(parts: {
  db: PrismaClient
  bytes: ByteStore
  announce: ReturnType<typeof announceDocument>
  outbox: OutboxDispatcher
  organising: ReturnType<typeof openOrganising>
}) {
  const { db, bytes, announce, outbox, organising } = parts
  return {
    ...organising.usecases,
    createUpload: createUpload({ db, bytes, checkFile: organising.checkFile }),
    completeUpload: completeUpload({ db, bytes, outbox, announce }),
    abortUpload: abortUpload({ db, bytes }),
    reprocessDocuments: reprocessDocuments({ db, outbox }),
    findReprocessing: findReprocessing({ db }),
    editableDocuments: editableDocuments({ db }),
  }
}
