import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { sweepCanaries } from '../../backends/probe.ts'

interface Deps {
  db: PrismaClient
  backends: Pick<Backends, 'driverOf'>
  log: Logger
  now: () => number
}

/** Longer than any write pauses that is still living, and than clocks differ. */
const DEAD_AFTER_MS = 24 * 3_600_000
const BATCH = 100

/** Has every place take away unfinished writes to which nothing was added for a day, and forgotten canaries. @returns how many */
export const sweepLeftovers =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<number> => {
    const before = new Date(deps.now() - DEAD_AFTER_MS)
    let swept = 0
    for (let after: string | undefined; !signal.aborted;) {
      const backends = await deps.db.storageBackend.findMany({
        where: { ...(after && { id: { gt: after } }), state: { not: 'DOWN' } },
        select: { id: true, name: true },
        orderBy: { id: 'asc' },
        take: BATCH,
      })
      for (const { id, name } of backends) {
        try {
          const driver = await deps.backends.driverOf(id)
          swept += await sweepCanaries(driver, before, signal)
          swept += (await driver.sweep?.(before, signal)) ?? 0
        } catch (error) {
          signal.throwIfAborted()
          deps.log.warn({ err: error, backend: name }, 'unfinished writes could not be swept; it is tried again')
        }
      }
      if (backends.length < BATCH) break
      after = backends.at(-1)?.id
    }
    if (swept > 0) deps.log.info({ writes: swept }, 'unfinished writes swept')
    return swept
  }
