import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Prisma, PrismaClient, StorageBackend } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { warningOf } from '../../backends/place-warning.ts'
import { confirmPlace } from '../../vault/marker.ts'
import { ConnectionBroken } from '../connection.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  vaultId: string
  log: Logger
  now: () => number
}

/** Accounts belong to people and count what is asked of them: they are looked at, and no canary is written. */
const EVERY_MS = 15 * 60_000
const BATCH = 50
const AT_ONCE = 4
const TIMEOUT_MS = 20_000
/** What nobody finished is kept this long, to say that it has expired. */
const KEEP_ENDED_MS = 3_600_000

/** Asks accounts that were not asked for a while whether they still work, and forgets what was begun and never finished. */
export const checkConnections =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    await forgetEnded(deps)
    const due = await deps.db.storageBackend.findMany({
      where: {
        connection: { state: 'OK' },
        OR: [{ checkedAt: null }, { checkedAt: { lt: new Date(deps.now() - EVERY_MS) } }],
      },
      orderBy: { checkedAt: { sort: 'asc', nulls: 'first' } },
      take: BATCH,
    })
    for (let at = 0; at < due.length && !signal.aborted; at += AT_ONCE) {
      await Promise.all(due.slice(at, at + AT_ONCE).map((backend) => checkOne(deps, backend, signal)))
    }
  }

async function forgetEnded({ db, now }: Deps): Promise<void> {
  await db.cloudAuthorization.deleteMany({
    where: {
      OR: [
        { expiresAt: { lt: new Date(now() - KEEP_ENDED_MS) } },
        // What was allowed and never fetched holds the access to an account: it goes at once.
        { expiresAt: { lt: new Date(now()) }, finishHash: { not: null } },
      ],
    },
  })
  await db.cloudConnection.deleteMany({
    where: {
      state: 'CONNECTING',
      backendId: null,
      authorization: null,
      createdAt: { lt: new Date(now() - KEEP_ENDED_MS) },
    },
  })
}

async function checkOne(deps: Deps, backend: StorageBackend, outer: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(TIMEOUT_MS)])
  const checkedAt = new Date(deps.now())
  const keep = (data: Prisma.StorageBackendUpdateManyMutationInput) =>
    deps.db.storageBackend.updateMany({
      where: { id: backend.id, version: backend.version },
      data: { ...data, checkedAt },
    })
  try {
    const driver = await deps.backends.driverOf(backend.id)
    const started = performance.now()
    await driver.check(signal)
    await confirmPlace(driver, deps.vaultId, signal)
    const latencyMs = Math.round(performance.now() - started)
    const free = (await driver.freeSpace?.(signal)) ?? null
    const freeBytes = free === null ? null : BigInt(Math.trunc(free))
    const skewMs = driver.clockSkew?.() ?? null
    const warning = warningOf({ freeBytes: free, skewMs })
    await keep({
      state: 'OK',
      message: null,
      latencyMs,
      freeBytes,
      warning,
      skewMs: skewMs === null ? null : Math.round(skewMs),
    })
  } catch (error) {
    outer.throwIfAborted()
    // Its owner has been told, and the row says so.
    if (error instanceof ConnectionBroken) return
    const message =
      error instanceof DomainError ? error.message : 'The account does not answer as it should. Try again later.'
    deps.log.info({ err: error, backendId: backend.id }, "a person's own account does not work")
    await keep({ state: 'DOWN', message: message.slice(0, 500), latencyMs: null })
  }
}
