import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { GarbageChangedError } from '../garbage.errors.ts'

interface Deps {
  db: PrismaClient
  outbox: { kick(): void }
  now: () => number
}

export interface Approval {
  backendId: string
  /** As many as the administrator was shown. */
  objects: number
  actorId: string
  requestId: string | null
}

/**
 * The explicit word without which one run does not delete many bytes that a scan found: they go with the next one.
 * @throws GarbageChangedError when their number is another by now
 */
export const approveDeletion =
  (deps: Deps) =>
  async ({ backendId, objects, actorId, requestId }: Approval): Promise<void> => {
    const at = new Date(deps.now())
    await deps.db.$transaction(async (tx) => {
      const { count } = await tx.quarantinedObject.updateMany({
        where: { backendId, reason: 'ORPHAN', approved: false, deleteAfter: { lte: at } },
        data: { approved: true },
      })
      if (count !== objects) throw new GarbageChangedError(count)
      await recordAudit(tx, {
        at: at.toISOString(),
        type: 'storage.garbage.approved',
        actorId,
        requestId,
        target: { type: 'StorageBackend', id: backendId },
        details: { objects },
      })
    })
    deps.outbox.kick()
  }
