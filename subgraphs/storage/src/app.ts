import { fileURLToPath } from 'node:url'
import DataLoader from 'dataloader'
import { createSealer } from '@archivolt/kit/crypto/sealed'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { loaderById } from '@archivolt/kit/graph/loader'
import { createGrants } from '@archivolt/kit/identity/grant'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { handle } from '@archivolt/kit/jobs/job'
import { startOutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { createGuardedAgents } from '@archivolt/kit/net/guarded-agents'
import type { Timeouts } from '@archivolt/kit/net/timeouts'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { createBackends } from './backends/backends.ts'
import { ensureFirstBackend, firstBackend } from './backends/ensure-first-backend.ts'
import { addBackend } from './backends/usecases/add-backend.ts'
import { checkBackends, testBackend } from './backends/usecases/check-backends.ts'
import { configureStorage, removeBackend } from './backends/usecases/remove-backend.ts'
import { updateBackend } from './backends/usecases/update-backend.ts'
import { addDownloadRoute } from './blobs/download.http.ts'
import { releaseBlobJob } from './blobs/release-blob.job.ts'
import { releaseBlob } from './blobs/usecases/release-blob.ts'
import { presignDownload, type ReplicaLoader } from './blobs/presign-download.ts'
import { openBlob } from './blobs/usecases/open-blob.ts'
import type { StorageEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { CHECK_EVERY_MS, checkBackendsJob, SWEEP_EVERY_MS, sweepUploadsJob } from './jobs/storage.jobs.ts'
import { manifest } from './manifest.ts'
import { addObjectContract } from './objects/object-contract.http.ts'
import { putObject } from './objects/usecases/put-object.ts'
import { deleteObject, findObject, listObjects } from './objects/usecases/read-object.ts'
import { addByteContract } from './uploads/byte-contract.http.ts'
import { createTickets } from './uploads/ticket.ts'
import { addPartRoutes } from './uploads/part.http.ts'
import { addUploadRoute } from './uploads/upload.http.ts'
import { abortUpload } from './uploads/usecases/abort-upload.ts'
import { beginUpload } from './uploads/usecases/begin-upload.ts'
import { completeUpload } from './uploads/usecases/complete-upload.ts'
import { receivePart } from './uploads/usecases/receive-part.ts'
import { receiveUpload } from './uploads/usecases/receive-upload.ts'
import { sweepUploads } from './uploads/usecases/sweep-uploads.ts'
import { openVault } from './vault/open-vault.ts'

export type UseCases = ReturnType<typeof createUseCases>

export interface StorageApp extends SubgraphServer {
  /** Starts background work; call once the services of the house listen. */
  start(): Promise<void>
}

/** Wires the storage service: database migrated, first backend made, doors built but not open. */
export async function buildApp(env: StorageEnv, overrides: ServiceOverrides = {}): Promise<StorageApp> {
  const base = await openService('storage', env, directoryFrom(env), overrides)
  const { log, now, platform } = base
  await prepareDatabase({
    url: env.DATABASE_URL,
    migrateUrl: env.DATABASE_MIGRATE_URL,
    folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)),
    log,
  })
  const db = new PrismaClient({
    adapter: prismaAdapter('storage', env.DATABASE_URL),
    transactionOptions: TRANSACTION_OPTIONS,
  })
  const sealer = createSealer({ current: { version: 1, key: env.CLOUD_CREDS_KEY } })
  const vault = await openVault(db, sealer)
  const ground = {
    dataFolder: env.ARCHIVOLT_DATA,
    openGuard: (timeouts?: Partial<Timeouts>) => createGuardedAgents({ allowed: env.ALLOWED_NETWORKS, timeouts }),
    log,
    byteOrigins: new Set([
      ...env.BYTE_ORIGINS,
      ...(env.S3_PUBLIC_ENDPOINT ? [new URL(env.S3_PUBLIC_ENDPOINT).origin] : []),
    ]),
    origins: [
      ...new Set([env.PUBLIC_URL, env.FRONTEND_URL ?? env.PUBLIC_URL].map((url) => new URL(url).origin)),
      ...env.CORS_ORIGINS,
    ],
    policy: { allowed: env.ALLOWED_NETWORKS },
    trusted: new Set([env.S3_ENDPOINT, env.S3_PUBLIC_ENDPOINT].filter((address) => address !== undefined)),
  }
  const place = { db, sealer, ground, vaultId: vault.id, now }
  await ensureFirstBackend({ ...place, first: firstBackend(env) })()

  const outbox = startOutboxDispatcher({ databaseUrl: env.DATABASE_URL, queues: platform.queues, log })
  const backends = createBackends(place)
  const quotaDefault = env.QUOTA_DEFAULT_BYTES ?? null
  const tickets = createTickets(deriveKey(env.SECRET_KEY, 'byte-tickets'), now)
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)
  const blobs = openBlob({ db, backends, log })

  const usecases = createUseCases({ ...place, backends, log })
  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => ({
      ...common,
      presignDownload: presignDownload({ backends, replicas: verifiedReplicas(db) }),
      db,
      usecases,
      grants,
      tickets,
      now,
      quotaDefault,
      loaders: { blob: loaderById((ids) => db.blob.findMany({ where: { id: { in: ids } } })) },
    }),
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
      backend: async (signal) => (await backends.current()).driver.check(signal),
    },
  })
  addUploadRoute(server.http, { tickets, receiveUpload: receiveUpload({ db, backends, log, now }) })
  addPartRoutes(server.http, { tickets, db, receivePart: receivePart({ db, backends, log, now }) })
  addDownloadRoute(server.http, { tickets, blobs })
  addByteContract(server.http, base.verify, {
    beginUpload: beginUpload({ db, backends, tickets, quotaDefault, now }),
    completeUpload: completeUpload({ db, backends, log, now }),
    abortUpload: abortUpload({ db, backends }),
    blobs,
  })

  addObjectContract(server.http, base.verify, {
    putObject: putObject({ ...place, backends, outbox }),
    findObject: findObject({ db, outbox }),
    deleteObject: deleteObject({ db, outbox }),
    listObjects: listObjects({ db, outbox }),
    blobs,
  })

  const release = releaseBlob({ db, backends })
  const sweep = sweepUploads({ db, backends, log, now })
  let worker: { close(): Promise<void> } | undefined
  return {
    ...server,
    async start() {
      const handlers = [
        handle(sweepUploadsJob, async (_payload, { signal }) => void (await sweep(signal))),
        handle(releaseBlobJob, ({ blobId }, { signal }) => release(blobId, signal)),
        handle(checkBackendsJob, (_payload, { signal }) => usecases.checkBackends(signal)),
      ]
      worker = await platform.queues.worker('storage', { concurrency: 4, handlers })
      await platform.queues.schedule('storage', { name: sweepUploadsJob.name, everyMs: SWEEP_EVERY_MS })
      await platform.queues.schedule('storage', { name: checkBackendsJob.name, everyMs: CHECK_EVERY_MS })
      await usecases.checkBackends()
    },
    async close() {
      await worker?.close()
      await server.close()
      await outbox.close()
      await backends.close()
      await base.close()
      await db.$disconnect()
    },
  }
}

function createUseCases(deps: Parameters<typeof addBackend>[0] & Parameters<typeof checkBackends>[0]) {
  return {
    addBackend: addBackend(deps),
    updateBackend: updateBackend(deps),
    testBackend: testBackend(deps),
    checkBackends: checkBackends(deps),
    removeBackend: removeBackend(deps),
    configureStorage: configureStorage(deps),
  }
}

/** Verified replicas of the blobs asked for in one tick, by one query. Made per request. */
function verifiedReplicas(db: PrismaClient): ReplicaLoader {
  return new DataLoader(async (blobIds) => {
    const rows = await db.replica.findMany({ where: { blobId: { in: [...blobIds] }, state: 'VERIFIED' } })
    const byBlob = Map.groupBy(rows, (row) => row.blobId)
    return blobIds.map((id) => byBlob.get(id) ?? [])
  })
}
