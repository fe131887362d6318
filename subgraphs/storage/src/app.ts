import { fileURLToPath } from 'node:url'
import DataLoader from 'dataloader'
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
import { presignDownload, type ReplicaLoader } from './blobs/presign-download.ts'
import { addTicketContract } from './blobs/ticket-contract.http.ts'
import { openBlob } from './blobs/usecases/open-blob.ts'
import { unavailableBlobs } from './blobs/availability.ts'
import { addCallbackRoute } from './connections/callback.http.ts'
import { createConnections } from './connections/create-connections.ts'
import { documentsAt } from './connections/documents-at.ts'
import { oauthProviders } from './connections/oauth-providers.ts'
import { createOpenConnection } from './connections/open-connection.ts'
import type { StorageEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import {
  CHECK_CONNECTIONS_EVERY_MS,
  CHECK_EVERY_MS,
  checkBackendsJob,
  checkConnectionsJob,
  RESEAL_EVERY_MS,
  resealSecretsJob,
  SWEEP_EVERY_MS,
  sweepUploadsJob,
} from './jobs/storage.jobs.ts'
import { createUpkeep, type Upkeep } from './jobs/upkeep.ts'
import { manifest } from './manifest.ts'
import { createMigrations } from './migrations/migrations.ts'
import { addObjectContract } from './objects/object-contract.http.ts'
import { putObject } from './objects/usecases/put-object.ts'
import { deleteObject, findObject, listObjects } from './objects/usecases/read-object.ts'
import { setQuota } from './quotas/usecases/set-quota.ts'
import { tellRefusal } from './quotas/usecases/tell-refusal.ts'
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
import { resealSecrets } from './vault/usecases/reseal-secrets.ts'

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
  const vault = await openVault(db, { current: env.CLOUD_CREDS_KEY, previous: env.CLOUD_CREDS_KEY_PREVIOUS })
  const { sealer } = vault
  const frontendUrl = (env.FRONTEND_URL ?? env.PUBLIC_URL).replace(/\/+$/, '')
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
    cloudAddresses: {
      google: { apiBase: `${env.GOOGLE_API_URL}/drive/v3`, uploadBase: `${env.GOOGLE_UPLOAD_URL}/upload/drive/v3` },
      onedrive: { apiBase: `${env.ONEDRIVE_GRAPH_URL}/v1.0` },
    },
  }
  const providers = oauthProviders(cloudSettings(env))
  const place = { db, sealer, ground, vaultId: vault.id, now }
  await ensureFirstBackend({ ...place, first: firstBackend(env) })()

  const outbox = startOutboxDispatcher({ databaseUrl: env.DATABASE_URL, queues: platform.queues, log })
  const backends = createBackends({
    ...place,
    openConnection: createOpenConnection({ ...place, providers, frontendUrl }),
  })
  const quotaDefault = env.QUOTA_DEFAULT_BYTES ?? null
  const tickets = createTickets(deriveKey(env.SECRET_KEY, 'byte-tickets'), now)
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)
  const blobs = openBlob({ db, backends, log })

  const migrations = createMigrations({ ...place, backends, outbox, pubsub: platform.shared.pubsub, log }, env)
  const upkeep = createUpkeep({ ...place, backends, outbox, log }, env)
  const usecases = createUseCases(migrations, upkeep, {
    ...place,
    backends,
    providers,
    outbox,
    rateLimits: platform.shared.rateLimits,
    services: base.services,
    backendUrl: env.BACKEND_URL ?? env.PUBLIC_URL,
    log,
  })
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
      pubsub: platform.shared.pubsub,
      quotaDefault,
      loaders: {
        blob: loaderById((ids) => db.blob.findMany({ where: { id: { in: ids } } })),
        unavailable: unavailableBlobs(db),
        documentsAt: documentsAt(db),
      },
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
  addTicketContract(server.http, base.verify, {
    db,
    tickets,
    presignDownload: (blob, seconds) => presignDownload({ backends, replicas: verifiedReplicas(db) })(blob, seconds),
    now,
  })
  addByteContract(server.http, base.verify, {
    beginUpload: beginUpload({
      db,
      backends,
      tickets,
      quotaDefault,
      tellRefusal: tellRefusal({ db, outbox, now }),
      now,
    }),
    completeUpload: completeUpload({ db, backends, log, now }),
    abortUpload: abortUpload({ db, backends }),
    discardBlob: upkeep.discardBlob,
    blobs,
  })

  addCallbackRoute(server.http, { receiveCallback: usecases.receiveCallback, frontendUrl })
  addObjectContract(server.http, base.verify, {
    putObject: putObject({ ...place, backends, outbox, log }),
    findObject: findObject({ db, outbox }),
    deleteObject: deleteObject({ db, outbox }),
    listObjects: listObjects({ db, outbox }),
    blobs,
  })

  const reseal = resealSecrets({ db, sealer, log })
  const sweep = sweepUploads({ db, backends, log, now })
  let worker: { close(): Promise<void> } | undefined
  return {
    ...server,
    async start() {
      const handlers = [
        handle(sweepUploadsJob, async (_payload, { signal }) => void (await sweep(signal))),
        handle(releaseBlobJob, ({ blobId }) => upkeep.discardBlob(blobId)),
        ...upkeep.handlers,
        handle(checkBackendsJob, (_payload, { signal }) => usecases.checkBackends(signal)),
        handle(checkConnectionsJob, (_payload, { signal }) => usecases.checkConnections(signal)),
        handle(resealSecretsJob, async (_payload, { signal }) => void (await reseal(signal))),
        ...migrations.handlers,
      ]
      worker = await platform.queues.worker('storage', { concurrency: 4, handlers })
      await platform.queues.schedule('storage', { name: sweepUploadsJob.name, everyMs: SWEEP_EVERY_MS })
      await platform.queues.schedule('storage', { name: checkBackendsJob.name, everyMs: CHECK_EVERY_MS })
      await platform.queues.schedule('storage', {
        name: checkConnectionsJob.name,
        everyMs: CHECK_CONNECTIONS_EVERY_MS,
      })
      if (env.CLOUD_CREDS_KEY_PREVIOUS) {
        await platform.queues.schedule('storage', { name: resealSecretsJob.name, everyMs: RESEAL_EVERY_MS })
      } else {
        await platform.queues.unschedule('storage', resealSecretsJob.name)
      }
      await migrations.start(platform.queues)
      await upkeep.schedule(platform.queues)
      await usecases.checkBackends()
    },
    async close() {
      await migrations.close()
      await worker?.close()
      await server.close()
      await outbox.close()
      await backends.close()
      await base.close()
      await db.$disconnect()
    },
  }
}

function createUseCases(
  migrations: ReturnType<typeof createMigrations>,
  upkeep: Upkeep,
  deps: Parameters<typeof addBackend>[0] &
    Parameters<typeof checkBackends>[0] &
    Parameters<typeof createConnections>[0],
) {
  return {
    ...createConnections(deps),
    ...migrations.usecases,
    ...upkeep.usecases,
    setQuota: setQuota(deps),
    addBackend: addBackend(deps),
    updateBackend: updateBackend(deps),
    testBackend: testBackend(deps),
    checkBackends: checkBackends(deps),
    removeBackend: removeBackend(deps),
    configureStorage: configureStorage(deps),
  }
}

/** How this vault is registered with the providers of clouds. */
function cloudSettings(env: StorageEnv) {
  return {
    google: {
      clientId: env.GOOGLE_CLIENT_ID,
      clientSecret: env.GOOGLE_CLIENT_SECRET,
      authorizeUrl: env.GOOGLE_AUTHORIZE_URL,
      tokenUrl: env.GOOGLE_TOKEN_URL,
      revokeUrl: env.GOOGLE_REVOKE_URL,
    },
    onedrive: {
      clientId: env.ONEDRIVE_CLIENT_ID,
      clientSecret: env.ONEDRIVE_CLIENT_SECRET,
      tenantId: env.ONEDRIVE_TENANT_ID,
      loginUrl: env.ONEDRIVE_LOGIN_URL,
    },
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
