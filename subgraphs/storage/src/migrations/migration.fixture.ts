import { setTimeout as pause } from 'node:timers/promises'
import type { Migration, MigrationState } from '../../prisma/client/client.ts'
import { readBytes, sha256 } from '../drivers/contract/harness.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { keyOf } from '../blobs/replica-key.ts'
import { ADA, openTestStorage, type TestPlace } from '../testing/storage.fixture.ts'
import { isToBlame } from './engine/blame.ts'
import { DEFAULT_PACE, type Clockwork, type Pace } from './engine/clockwork.ts'
import { startEngine, type Engine } from './engine/engine.ts'
import type { Actor } from './migration-events.ts'
import { readMigration } from './read-migrations.ts'
import { cancelMigration } from './usecases/cancel-migration.ts'
import { finishMigration } from './usecases/finish-migration.ts'
import { pauseMigration } from './usecases/pause-migration.ts'
import { resumeMigration } from './usecases/resume-migration.ts'
import { retryItems } from './usecases/retry-items.ts'
import { rollBackMigration } from './usecases/roll-back-migration.ts'
import { startMigration, type StartInput } from './usecases/start-migration.ts'
import { throttleMigration } from './usecases/throttle-migration.ts'

export type TestMigrations = Awaited<ReturnType<typeof openTestMigrations>>

export const ADMIN: Actor = { userId: ADA, requestId: null }

/**
 * A storage with migrations whose time passes only while somebody waits for it, so that nothing depends on how fast the
 * machine is. Leases last until the test passes the time.
 */
export async function openTestMigrations() {
  const storage = await openTestStorage()
  const engines = new Set<Engine>()
  const announcer = { changed: async () => {}, progressed: async () => {} }
  const wake = () => engines.forEach((engine) => engine.wake())
  const clockwork: Clockwork = {
    now: storage.now,
    async sleep(ms, signal) {
      await pause(2)
      signal.throwIfAborted()
      storage.pass(ms)
    },
  }
  const pace: Pace = { ...DEFAULT_PACE, leaseMs: 1e12, renewMs: 5000, claimBatch: 16, planBatch: 50 }
  const deps = { ...storage, announcer: { changed: async () => wake(), progressed: announcer.progressed } }
  const restored: (() => void)[] = []

  const started = async (target: TestPlace, input: Partial<StartInput> = {}): Promise<Migration> =>
    (await startMigration(deps)({ ...START, targetId: target.id, ...input }, ADMIN)).migration

  return {
    ...storage,
    deps,
    clockwork,
    pace,
    start: started,
    pause: (id: string) => pauseMigration(deps)(id, ADMIN),
    resume: (id: string, throttle = {}) => resumeMigration(deps)(id, throttle, ADMIN),
    throttle: (id: string, throttle: object) => throttleMigration(deps)(id, throttle, ADMIN),
    cancel: (id: string, options = {}) =>
      cancelMigration(deps)(id, { releaseTarget: false, releaseAll: false, ...options }, ADMIN),
    rollBack: (id: string) => rollBackMigration(deps)(id, ADMIN),
    finish: (id: string, releaseAll = false) => finishMigration(deps)(id, { releaseAll }, ADMIN),
    retry: (id: string, blobIds: string[] | null = null) => retryItems(deps)(id, blobIds, ADMIN),

    /** A worker process of its own. */
    work(change: Partial<Pace> = {}, backends = storage.backends): Engine {
      const engine = startEngine({
        ...storage,
        backends,
        announcer,
        clockwork,
        pace: { ...pace, ...change },
        isToBlame: isToBlame({ backends, vaultId: storage.vaultId }),
      })
      engines.add(engine)
      return {
        ...engine,
        async close() {
          engines.delete(engine)
          await engine.close()
        },
      }
    },

    /** Waits until it is in this state, or one of these. */
    async until(id: string, ...states: MigrationState[]): Promise<Migration> {
      for (;;) {
        const migration = await storage.db.migration.findUniqueOrThrow({ where: { id } })
        if (states.includes(migration.state)) return migration
        await pause(2)
      }
    },

    /** Waits until this holds of its sums. */
    async untilTally(
      id: string,
      holds: (tally: NonNullable<Awaited<ReturnType<typeof readMigration>>>['tally']) => boolean,
    ) {
      for (;;) {
        const view = await readMigration(storage.db, id, storage.now())
        if (view && holds(view.tally)) return view.tally
        await pause(2)
      }
    },

    async tally(id: string) {
      const view = await readMigration(storage.db, id, storage.now())
      if (!view) throw new Error('no migration')
      return view.tally
    },

    /** Replaces methods of a place, until the test is over. */
    meddle(place: TestPlace, change: (original: StorageDriver) => Partial<StorageDriver>) {
      const original = { ...place.driver }
      restored.push(() => {
        for (const name of Object.keys(place.driver)) Reflect.deleteProperty(place.driver, name)
        Object.assign(place.driver, original)
      })
      Object.assign(place.driver, change(original))
    },
    mend() {
      for (const restore of restored.splice(0).reverse()) restore()
    },

    /** What the vault promises: every verified replica is exactly its blob; every blob has one. @returns replicas per place */
    async proof(): Promise<Map<string, number>> {
      const blobs = await storage.db.blob.findMany({ include: { replicas: true } })
      const counts = new Map<string, number>()
      for (const blob of blobs) {
        const verified = blob.replicas.filter(({ state }) => state === 'VERIFIED')
        if (verified.length === 0) throw new Error(`blob ${blob.id} has no verified replica`)
        for (const replica of verified) {
          const driver = await storage.backends.driverOf(replica.backendId)
          const bytes = await readBytes(driver, keyOf(blob, replica))
          if (sha256(bytes) !== blob.sha256) throw new Error(`a verified replica of ${blob.id} is not the blob`)
          counts.set(replica.backendId, (counts.get(replica.backendId) ?? 0) + 1)
        }
      }
      return counts
    },

    /** The sums that the database keeps, against the items themselves. */
    async sumsAgree(id: string): Promise<void> {
      const rows = await storage.db.$queryRaw<{ wrong: bigint }[]>`
        SELECT count(*) AS "wrong" FROM "migration_progress" p
        LEFT JOIN (
          SELECT "migration_id", "direction", count(*) FILTER (WHERE "state" = 'PENDING') AS "pending",
            count(*) FILTER (WHERE "state" = 'COPYING') AS "copying", count(*) FILTER (WHERE "state" = 'VERIFYING') AS "verifying",
            count(*) FILTER (WHERE "state" = 'DONE') AS "done", count(*) FILTER (WHERE "state" = 'FAILED') AS "failed",
            sum("size") AS "bytes"
          FROM "migration_items" GROUP BY 1, 2
        ) i USING ("migration_id", "direction")
        WHERE "migration_id" = ${id}::uuid AND (
          p."pending_items" <> coalesce(i."pending", 0) OR p."copying_items" <> coalesce(i."copying", 0)
          OR p."verifying_items" <> coalesce(i."verifying", 0) OR p."done_items" <> coalesce(i."done", 0)
          OR p."failed_items" <> coalesce(i."failed", 0)
          OR p."pending_bytes" + p."copying_bytes" + p."verifying_bytes" + p."done_bytes" + p."failed_bytes" <> coalesce(i."bytes", 0))`
      if (Number(rows[0]?.wrong) !== 0) throw new Error('the sums have drifted from the items')
    },

    /** Empties everything, for the next test. */
    async clear(places: readonly TestPlace[]): Promise<void> {
      for (const engine of engines) await engine.close()
      engines.clear()
      for (const restore of restored.splice(0).reverse()) restore()
      await storage.db.migration.deleteMany()
      await storage.db.objectIntent.deleteMany()
      await storage.db.outbox.deleteMany()
      await storage.db.blob.deleteMany()
      await storage.db.storageBackend.updateMany({ data: { current: false } })
      await storage.db.storageBackend.update({ where: { id: places[0]?.id ?? '' }, data: { current: true } })
      for (const place of places)
        for await (const { key } of place.driver.list('')) if (key.includes('/')) await place.driver.delete(key)
    },
  }
}

const START: StartInput = {
  targetId: '',
  sourceIds: null,
  filter: { buckets: [], ownerIds: [], createdAfter: null, createdBefore: null },
  concurrency: null,
  bytesPerSecond: null,
  verify: 'READ_BACK',
  retentionDays: null,
}
