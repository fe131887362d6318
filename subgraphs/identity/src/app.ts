import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { prismaAdapter, TRANSACTION_OPTIONS } from '@archivolt/kit/database/adapter'
import { prepareDatabase } from '@archivolt/kit/database/migrate'
import { directoryFrom } from '@archivolt/kit/env/common'
import { loaderById } from '@archivolt/kit/graph/loader'
import { deriveKey, signingKeys } from '@archivolt/kit/identity/keys'
import { recordAuditJob } from '@archivolt/kit/audit/record-audit'
import { handle } from '@archivolt/kit/jobs/job'
import { startOutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { createObjectStore } from '@archivolt/kit/objects/object-store'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import { openService, type ServiceOverrides } from '@archivolt/kit/server/service'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { PrismaClient } from '../prisma/client/client.ts'
import { findPerson } from './access/find-person.ts'
import { addDirectoryContract } from './access/directory.http.ts'
import { addPeopleContract } from './access/person.http.ts'
import { addProofContract } from './sessions/proof.http.ts'
import { accessUseCases } from './access/wire-access.ts'
import { openAccounts } from './accounts.ts'
import { addApiTokenRoute } from './api-tokens/api-token.http.ts'
import type { KnownToken } from './api-tokens/usecases/look-up-api-token.ts'
import { AUDIT_CHAIN, AUDIT_HEADS } from './audit/audit-keys.ts'
import { EXPORT_CRON, exportAuditJob } from './audit/audit.jobs.ts'
import { exportAudit } from './audit/usecases/export-audit.ts'
import { exportAuditLog } from './audit/usecases/export-audit-log.ts'
import { recordEvent } from './audit/usecases/record-event.ts'
import type { IdentityEnv } from './env.ts'
import type { Context } from './graph/context.ts'
import { schema } from './graph/schema.ts'
import { groupsOf } from './groups/groups-of.ts'
import { seenGroups } from './groups/seen-groups.ts'
import { ensureAdminGroups } from './groups/usecases/ensure-admin-groups.ts'
import { manifest } from './manifest.ts'
import { openPlugins } from './plugins/open-plugins.ts'
import { addPluginContract } from './plugins/plugins.http.ts'
import { POLL_AGAIN_MS, POLL_EVERY_MS, pollPluginsJob } from './plugins/poll-plugins.job.ts'
import { seenPlugins } from './plugins/seen-plugins.ts'
import { MAINTAIN_EVERY_MS, maintainAccountsJob } from './sessions/maintain-accounts.job.ts'
import { ensureFirstAdmin, type FirstAdmin } from './users/usecases/ensure-first-admin.ts'

export interface IdentityApp extends SubgraphServer {
  /** The administrator made by this start, if the vault was empty. */
  firstAdmin: FirstAdmin | null
  jwks(): Promise<unknown>
  /** Whose API token this is, by its SHA-256 in hexadecimal; null for none that may be used. */
  lookUpApiToken(hash: string, ip: string): Promise<KnownToken | null>
  /** Starts background work; call once the services of the house listen. */
  start(): Promise<void>
}

export type UseCases = Awaited<ReturnType<typeof openAccounts>>['usecases'] &
  ReturnType<typeof accessUseCases> &
  ReturnType<typeof openPlugins>['usecases'] & { exportAuditLog: ReturnType<typeof exportAuditLog> }

/** Wires the identity service: database migrated, first administrator made, doors built but not open. */
export async function buildApp(env: IdentityEnv, overrides: ServiceOverrides = {}): Promise<IdentityApp> {
  const base = await openService('identity', env, directoryFrom(env), overrides)
  const { log, platform } = base
  await prepareDatabase({
    url: env.DATABASE_URL,
    migrateUrl: env.DATABASE_MIGRATE_URL,
    folder: fileURLToPath(new URL('../prisma/migrations', import.meta.url)),
    log,
  })
  const db = new PrismaClient({
    adapter: prismaAdapter('identity', env.DATABASE_URL),
    transactionOptions: TRANSACTION_OPTIONS,
  })
  const outbox = startOutboxDispatcher({ databaseUrl: env.DATABASE_URL, queues: platform.queues, log })
  const audit = {
    record: recordEvent({ db, chainKey: deriveKey(env.SECRET_KEY, AUDIT_CHAIN), now: overrides.now }),
    export: exportAudit({
      db,
      objects: createObjectStore(base.services),
      signingKey: signingKeys(env.SECRET_KEY, AUDIT_HEADS).privateKey,
      now: overrides.now,
    }),
  }
  const accounts = await openAccounts(env, db, base, outbox)
  const { replay, pubsub } = platform.shared
  const access = accessUseCases({ db, transact: accounts.transact, replay, pubsub, log, now: base.now })
  const plugins = openPlugins({ db, base, outbox, change: access.change, urls: env.PLUGIN_URLS })
  const usecases = {
    ...accounts.usecases,
    ...access,
    ...plugins.usecases,
    exportAuditLog: exportAuditLog({ db, exportAudit: audit.export, outbox, now: base.now }),
  }
  await ensureAdminGroups({ db })(SERVICES.map((name) => ({ id: name, name })))
  const firstAdmin = await ensureFirstAdmin({
    db,
    passwords: accounts.passwords,
    given: { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD },
  })()

  const server = createSubgraphServer<Context>({
    manifest,
    schema,
    verify: base.verify,
    log,
    contextFor: (common) => ({
      ...common,
      db,
      usecases,
      pubsub,
      ask: plugins.ask,
      settingsCache: new Map(),
      loaders: {
        group: loaderById((ids) => db.group.findMany({ where: { id: { in: ids }, ...seenGroups(common.viewer) } })),
        groupsOf: groupsOf(db),
        user: loaderById((ids) => db.user.findMany({ where: { id: { in: ids } } })),
        plugin: loaderById(async (ids) =>
          common.viewer
            ? db.plugin.findMany({ where: { AND: [{ id: { in: ids } }, await seenPlugins(db, common.viewer)] } })
            : [],
        ),
        registeredPlugin: loaderById((ids) => db.plugin.findMany({ where: { id: { in: ids } } })),
      },
    }),
    health: {
      database: async () => void (await db.$queryRaw`SELECT 1`),
      'shared state': () => platform.shared.check(),
    },
  })
  addPluginContract(server.http, base.verify, { db })
  addProofContract(server.http, base.verify, usecases)
  addPeopleContract(server.http, base.verify, { findPerson: findPerson({ db }) })
  addDirectoryContract(server.http, base.verify, { db })
  server.http.get('/.well-known/jwks.json', (_request, reply) => {
    void reply.header('cache-control', 'public, max-age=300')
    return accounts.keys.jwks()
  })
  addApiTokenRoute(server.http, base.verify, accounts.lookUpApiToken)

  let worker: { close(): Promise<void> } | undefined
  return {
    ...server,
    firstAdmin,
    jwks: () => accounts.keys.jwks(),
    lookUpApiToken: accounts.lookUpApiToken,
    async start() {
      worker = await platform.queues.worker('identity', {
        concurrency: 4,
        handlers: [
          handle(pollPluginsJob, (_payload, { signal }) => plugins.poll(signal)),
          handle(recordAuditJob, (event, { id }) => audit.record(id, event)),
          ...accounts.jobs,
          handle(exportAuditJob, async (_payload, { signal }) => void (await audit.export(signal))),
        ],
      })
      await platform.queues.schedule('identity', { name: pollPluginsJob.name, everyMs: POLL_EVERY_MS })
      await platform.queues.schedule('identity', { name: maintainAccountsJob.name, everyMs: MAINTAIN_EVERY_MS })
      await platform.queues.schedule('identity', { name: exportAuditJob.name, cron: EXPORT_CRON })
      // Midnights that this vault slept through.
      await platform.queues.add('identity', [{ id: randomUUID(), name: exportAuditJob.name, payload: {} }])
      await plugins.poll()
      // A feature that checks who asks it reads the vault's key from the gateway, which starts after this.
      const again = { id: randomUUID(), name: pollPluginsJob.name, payload: {}, delayMs: POLL_AGAIN_MS }
      await platform.queues.add('identity', [again])
    },
    async close() {
      await worker?.close()
      await server.close()
      await outbox.close()
      await plugins.close()
      accounts.close()
      await base.close()
      await db.$disconnect()
    },
  }
}
