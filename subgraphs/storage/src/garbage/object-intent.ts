import { randomUUID } from 'node:crypto'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts'
import type { Backends } from '../backends/backends.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { toObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import { IntentLostError, ObjectBusyError } from './garbage.errors.ts'

/* Whoever publishes an object writes down first that it is about to. Until a row of its own speaks for the object, its
   intent does; and when nobody renews the intent any more, whatever lies there is deleted. */

/** An attempt that has not renewed its intent for so long is dead. */
const LEASE_MS = 60_000
const RENEW_MS = 15_000
/** For a deletion. Nothing renews it, so it outlasts every timeout and retry of a driver. */
const DELETION_MS = 30 * 60_000
const BATCH = 50

interface Deps {
  db: PrismaClient
  backends: Pick<Backends, 'driverOf'>
  log: Logger
  now: () => number
}

export interface ObjectAt {
  backendId: string
  key: ObjectKey
}

export interface Intent {
  /** Of the place. */
  driver: StorageDriver
  /** Fires when the intent was lost, or the caller's own signal fires. Give it to the driver. */
  signal: AbortSignal
  /**
   * To be called in the transaction that writes the row which speaks for the object from then on. It locks the intent, so
   * that no sweep comes between. @throws IntentLostError, upon which the transaction must fail
   */
  settle(tx: Prisma.TransactionClient): Promise<void>
}

/**
 * Runs an attempt to publish one object, by `put`, `copy` or completion of parts, so that no death in the middle leaves
 * bytes that nobody knows. The attempt publishes, then settles the intent in the transaction that records the object:
 *
 *     await publishing(deps)({ backendId, key }, async ({ driver, signal, settle }) => {
 *       await driver.put(key, body, { signal })
 *       await db.$transaction(async (tx) => {
 *         await settle(tx)
 *         await tx.replica.update({ … state: 'VERIFIED' })
 *       })
 *     })
 *
 * When the attempt fails, its bytes go, at once or with the next sweep. Bytes that an earlier, dead attempt has left under
 * the same key are deleted before this one begins.
 * @returns what the attempt returns
 * @throws ObjectBusyError while another attempt publishes the same object; DriverError; what the attempt throws
 */
export const publishing =
  (deps: Deps) =>
  async <T>(at: ObjectAt, attempt: (intent: Intent) => Promise<T>, outer?: AbortSignal): Promise<T> => {
    const driver = await deps.backends.driverOf(at.backendId)
    const holder = randomUUID()
    const held = await take(deps, at, holder, LEASE_MS)
    if (!held) throw new ObjectBusyError()
    const lost = new AbortController()
    const renewal = setInterval(() => {
      renew(deps, at, holder).then(
        (ours) => ours || lost.abort(new IntentLostError()),
        (error: unknown) => deps.log.warn({ err: error, ...at }, 'an object intent could not be renewed'),
      )
    }, RENEW_MS)
    const settle = async (tx: Prisma.TransactionClient) => {
      const { count } = await tx.objectIntent.deleteMany({ where: { ...at, holder } })
      if (count === 0) throw new IntentLostError()
    }
    try {
      if (held === 'from the dead' && !(await isSpokenFor(deps.db, at))) await driver.delete(at.key)
      const signal = outer ? AbortSignal.any([outer, lost.signal]) : lost.signal
      return await attempt({ driver, signal, settle })
    } catch (error) {
      await discard(deps, at, holder)
      throw error
    } finally {
      clearInterval(renewal)
    }
  }

/**
 * Has whatever lies, or may yet come to lie, under a key deleted after a time; to be called in the transaction in which
 * the last row stops speaking for it.
 * @param after when nobody can be writing there any more; by default at the next sweep
 */
export async function leaveToSweep(tx: Prisma.TransactionClient, at: ObjectAt, after = new Date(0)): Promise<void> {
  await tx.objectIntent.upsert({
    where: { backendId_key: at },
    create: { ...at, holder: randomUUID(), leaseUntil: after },
    update: { leaseUntil: after },
  })
}

/** Deletes what dead attempts have left, bytes before rows. Any number of sweeps may run. @returns how many objects */
export const sweepIntents =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<number> => {
    const holder = randomUUID()
    let swept = 0
    for (;;) {
      const [now, until] = [new Date(deps.now()), new Date(deps.now() + DELETION_MS)]
      const dead = await deps.db.$queryRaw<{ backendId: string; key: string }[]>`
        UPDATE "object_intents" SET "holder" = ${holder}::uuid, "lease_until" = ${until}
        WHERE ("backend_id", "key") IN (
          SELECT "backend_id", "key" FROM "object_intents" WHERE "lease_until" < ${now}
          ORDER BY "lease_until" LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
        RETURNING "backend_id" AS "backendId", "key"`
      for (const { backendId, key } of dead) {
        signal.throwIfAborted()
        if (await takeAway(deps, { backendId, key: toObjectKey(key) }, holder)) swept++
      }
      if (dead.length < BATCH) break
    }
    if (swept > 0) deps.log.info({ objects: swept }, 'what dead attempts had left was deleted')
    return swept
  }

/** Whether a row says that these bytes are wanted. What is still on its way in is not spoken for yet, and of a committed upload its blob speaks. */
export async function isSpokenFor(db: Prisma.TransactionClient, { backendId, key }: ObjectAt): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM "blobs" b JOIN "replicas" r ON r."blob_id" = b."id"
      WHERE b."key" = ${key} AND r."key" IS NULL AND r."backend_id" = ${backendId}::uuid AND r."state" IN ('VERIFIED', 'QUARANTINED')
    UNION ALL SELECT 1 FROM "replicas"
      WHERE "key" = ${key} AND "backend_id" = ${backendId}::uuid AND "state" IN ('VERIFIED', 'QUARANTINED')
    UNION ALL SELECT 1 FROM "uploads"
      WHERE "key" = ${key} AND "backend_id" = ${backendId}::uuid AND ("state" = 'RECEIVED' OR ("direct" AND "state" = 'PENDING'))
    UNION ALL SELECT 1 FROM "upload_parts" p JOIN "uploads" u ON u."id" = p."upload_id"
      WHERE p."key" = ${key} AND u."backend_id" = ${backendId}::uuid
    LIMIT 1`
  return rows.length > 0
}

/** Null while another holds a lease there that is not over. */
async function take(
  deps: Deps,
  { backendId, key }: ObjectAt,
  holder: string,
  forMs: number,
): Promise<'new' | 'from the dead' | null> {
  const [now, until] = [new Date(deps.now()), new Date(deps.now() + forMs)]
  const [row] = await deps.db.$queryRaw<{ fresh: boolean }[]>`
    INSERT INTO "object_intents" ("backend_id", "key", "holder", "lease_until", "created_at")
    VALUES (${backendId}::uuid, ${key}, ${holder}::uuid, ${until}, ${now})
    ON CONFLICT ("backend_id", "key") DO UPDATE SET "holder" = excluded."holder", "lease_until" = excluded."lease_until"
      WHERE "object_intents"."lease_until" < ${now} OR "object_intents"."holder" = ${holder}::uuid
    RETURNING "xmax" = 0 AS "fresh"`
  if (!row) return null
  return row.fresh ? 'new' : 'from the dead'
}

async function renew(deps: Deps, at: ObjectAt, holder: string): Promise<boolean> {
  const leaseUntil = new Date(deps.now() + LEASE_MS)
  const { count } = await deps.db.objectIntent.updateMany({ where: { ...at, holder }, data: { leaseUntil } })
  return count > 0
}

/** After a failed attempt. What cannot be deleted now is left to the sweep; the failure itself is what the caller hears of. */
async function discard(deps: Deps, at: ObjectAt, holder: string): Promise<void> {
  try {
    // Held by another: a sweep, or an attempt that came after this one was taken for dead. The bytes are its to judge.
    if (await take(deps, at, holder, DELETION_MS)) await takeAway(deps, at, holder)
  } catch (error) {
    deps.log.warn({ err: error, ...at }, 'a failed attempt could not be cleared away; its lease runs out')
  }
}

/** Deletes bytes and row, held by `holder`. @returns whether nothing is left */
async function takeAway(deps: Deps, at: ObjectAt, holder: string): Promise<boolean> {
  try {
    // An attempt may have been recorded although it failed afterwards: then the object stays, and only the intent goes.
    const wanted = await isSpokenFor(deps.db, at)
    if (!wanted) await (await deps.backends.driverOf(at.backendId)).delete(at.key)
    await deps.db.objectIntent.deleteMany({ where: { ...at, holder } })
    return !wanted
  } catch (error) {
    deps.log.warn({ err: error, ...at }, 'bytes that nobody wants could not be deleted; the next sweep tries again')
    await deps.db.objectIntent.updateMany({ where: { ...at, holder }, data: { leaseUntil: new Date(deps.now()) } })
    return false
  }
}
