import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { loaderById } from '@archivolt/kit/graph/loader'
import { createGrants } from '@archivolt/kit/identity/grant'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { createBackends } from './backends/backends.ts'
import { ensureFirstBackend } from './backends/ensure-first-backend.ts'
import { addDownloadRoute } from './blobs/download.http.ts'
import { openBlob } from './blobs/usecases/open-blob.ts'
import type { StorageEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { manifest } from './manifest.ts'
import { addByteContract } from './uploads/byte-contract.http.ts'
import { createTickets } from './uploads/ticket.ts'
import { addUploadRoute } from './uploads/upload.http.ts'
import { abortUpload } from './uploads/usecases/abort-upload.ts'
import { beginUpload } from './uploads/usecases/begin-upload.ts'
import { completeUpload } from './uploads/usecases/complete-upload.ts'
import { receiveUpload } from './uploads/usecases/receive-upload.ts'

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
  await ensureFirstBackend({ db, localRoot: path.join(env.ARCHIVOLT_DATA, 'files') })()

  const backends = createBackends(db)
  const tickets = createTickets(deriveKey(env.SECRET_KEY, 'byte-tickets'), now)
  const grants = createGrants(deriveKey(env.SECRET_KEY, 'entity-grants'), now)
  const blobs = openBlob({ db, backends, log })

  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => ({
      ...common,
      db,
      grants,
      tickets,
      now,
      loaders: { blob: loaderById((ids) => db.blob.findMany({ where: { id: { in: ids } } })) },
    }),
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
      backend: async (signal) => (await backends.current()).driver.check(signal),
    },
  })
  addUploadRoute(server.http, { tickets, receiveUpload: receiveUpload({ db, backends, log, now }) })
  addDownloadRoute(server.http, { tickets, blobs })
  addByteContract(server.http, base.verify, {
    beginUpload: beginUpload({ db, backends, tickets, now }),
    completeUpload: completeUpload({ db, backends, now }),
    abortUpload: abortUpload({ db, backends }),
    blobs,
  })

  return {
    ...server,
    start: async () => {},
    async close() {
      await server.close()
      await backends.close()
      await base.close()
      await db.$disconnect()
    },
  }
}
