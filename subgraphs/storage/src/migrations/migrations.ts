import { handle, type JobDoor } from '@archivolt/kit/jobs/job'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Queues } from '@archivolt/kit/jobs/queues'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { Backends } from '../backends/backends.ts'
import type { StorageEnv } from '../env.ts'
import { isToBlame } from './engine/blame.ts'
import { DEFAULT_PACE, realClockwork } from './engine/clockwork.ts'
import { startEngine, type Engine } from './engine/engine.ts'
import { createAnnouncer } from './migration-events.ts'
import { runMigrationsJob, tendMigrationsJob, TEND_EVERY_MS } from './migrations.job.ts'
import { cancelMigration } from './usecases/cancel-migration.ts'
import { finishMigration } from './usecases/finish-migration.ts'
import { pauseMigration } from './usecases/pause-migration.ts'
import { resumeMigration } from './usecases/resume-migration.ts'
import { retryItems } from './usecases/retry-items.ts'
import { rollBackMigration } from './usecases/roll-back-migration.ts'
import { startMigration } from './usecases/start-migration.ts'
import { throttleMigration } from './usecases/throttle-migration.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  vaultId: string
  outbox: Pick<OutboxDispatcher, 'kick'>
  pubsub: PubSub
  log: Logger
  now: () => number
}

/** Everything about migrations that the service wires: what people may ask for, and the work itself. */
export function createMigrations(deps: Deps, env: Pick<StorageEnv, 'MIGRATION_LEASE_SECONDS'>) {
  const { db, backends, log, now } = deps
  const announcer = createAnnouncer(deps.pubsub, log)
  const leaseMs = env.MIGRATION_LEASE_SECONDS * 1000
  const steps = { ...deps, announcer }
  let engine: Engine | undefined
  const handlers: JobDoor[] = [
    handle(runMigrationsJob, async ({ migrationId }) => {
      engine?.wake()
      // A job comes to one process; the others are told by it.
      await announcer.changed(migrationId)
    }),
    handle(tendMigrationsJob, async (_payload, { signal }) => engine?.tend(signal)),
  ]
  return {
    usecases: {
      startMigration: startMigration(steps),
      pauseMigration: pauseMigration(steps),
      resumeMigration: resumeMigration(steps),
      throttleMigration: throttleMigration(steps),
      cancelMigration: cancelMigration(steps),
      rollBackMigration: rollBackMigration(steps),
      finishMigration: finishMigration(steps),
      retryMigrationItems: retryItems(steps),
    },
    handlers,
    /** Begins to take part in the work; call it once. */
    async start(queues: Pick<Queues, 'schedule'>): Promise<void> {
      engine = startEngine({
        db,
        backends,
        announcer,
        log,
        pubsub: deps.pubsub,
        clockwork: realClockwork(now),
        pace: { ...DEFAULT_PACE, leaseMs, renewMs: leaseMs / 4 },
        isToBlame: isToBlame({ backends, vaultId: deps.vaultId }),
      })
      await queues.schedule('storage', { name: tendMigrationsJob.name, everyMs: TEND_EVERY_MS })
    },
    /** Gives back what is under way. */
    async close(): Promise<void> {
      await engine?.close()
    },
  }
}
