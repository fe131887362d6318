import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient, QuarantinedObject } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { mentioned } from '../mentioned.ts'
import { garbageOf } from '../quarantine.ts'

interface Deps {
  db: PrismaClient
  backends: Pick<Backends, 'driverOf'>
  log: Logger
  now: () => number
}

const BATCH = 100

/**
 * Deletes what has been aside for long enough. What scans found goes only as long as it is a small share of its place:
 * a database that was restored from a backup knows nothing of newer files, and would take them all for garbage.
 * @returns how many objects were deleted
 */
export const deleteQuarantined =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<number> => {
    const now = new Date(deps.now())
    let deleted = 0
    for (const { backendId, due, held } of await garbageOf(deps.db, now)) {
      if (held) {
        deps.log.error(
          { backendId, objects: due },
          'so many bytes without a row are not deleted by themselves: look at the garbage of this place',
        )
      }
      for (let after = ''; !signal.aborted;) {
        const objects = await deps.db.quarantinedObject.findMany({
          where: {
            backendId,
            key: { gt: after },
            deleteAfter: { lte: now },
            ...(held && { OR: [{ reason: { not: 'ORPHAN' } }, { approved: true }] }),
          },
          orderBy: { key: 'asc' },
          take: BATCH,
        })
        for (const object of objects) {
          signal.throwIfAborted()
          if (await deleteForGood(deps, object)) deleted++
        }
        if (objects.length < BATCH) break
        after = objects.at(-1)?.key ?? after
      }
    }
    if (deleted > 0) deps.log.info({ objects: deleted }, 'bytes that nobody wants any more were deleted')
    return deleted
  }

/** Deletes one object and then its row. What cannot be deleted now stays aside. @returns whether it is gone */
export async function deleteForGood(
  deps: Deps,
  object: Pick<QuarantinedObject, 'backendId' | 'key'>,
): Promise<boolean> {
  const { backendId, key } = object
  try {
    // Whatever was thought of it: bytes that a row speaks of stay.
    const wanted = (await mentioned(deps.db, backendId, [key])).size > 0
    if (wanted) deps.log.warn({ backendId, key }, 'bytes that were aside are wanted after all')
    else await (await deps.backends.driverOf(backendId)).delete(toObjectKey(key))
    await deps.db.quarantinedObject.deleteMany({ where: { backendId, key } })
    return !wanted
  } catch (error) {
    deps.log.warn({ err: error, backendId, key }, 'bytes that nobody wants could not be deleted; it is tried again')
    return false
  }
}
