import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { giveUp } from './abort-upload.ts'
import { discardParts } from './assemble-parts.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
}

const BATCH = 100
/** Rows of uploads that came to nothing are kept this long, for the log's sake. */
const KEEP_MS = 7 * 86_400_000

/** Gives up what nobody completed in time, with its bytes and its room. @returns how many uploads */
export const sweepUploads =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<number> => {
    const now = new Date(deps.now())
    let swept = 0
    for (let after: string | undefined; !signal.aborted;) {
      const uploads = await deps.db.upload.findMany({
        where: {
          ...(after && { id: { gt: after } }),
          OR: [
            { state: { in: ['PENDING', 'RECEIVED'] }, expiresAt: { lt: now } },
            // Bytes are still arriving while the lease is renewed, whatever the ticket says.
            { state: 'RECEIVING', expiresAt: { lt: now }, leaseUntil: { lt: now } },
            { state: 'ABORTED', key: { not: null } },
            // Put together or given up, but the process died before it had cleared the parts away.
            { state: { in: ['ABORTED', 'COMMITTED'] }, parts: { some: {} } },
          ],
        },
        orderBy: { id: 'asc' },
        take: BATCH,
      })
      for (const upload of uploads) {
        signal.throwIfAborted()
        try {
          if (upload.state === 'COMMITTED') await discardParts(deps, upload.id, upload.backendId)
          else if (await giveUp(deps, upload)) swept++
        } catch (error) {
          deps.log.warn(
            { err: error, uploadId: upload.id },
            'an abandoned upload could not be swept; it is tried again',
          )
        }
      }
      if (uploads.length < BATCH) break
      after = uploads.at(-1)?.id
    }
    await deps.db.upload.deleteMany({
      where: { state: 'ABORTED', key: null, parts: { none: {} }, expiresAt: { lt: new Date(deps.now() - KEEP_MS) } },
    })
    if (swept > 0) deps.log.info({ uploads: swept }, 'abandoned uploads swept')
    return swept
  }
