import type { Migration } from '../../../prisma/client/client.ts'
import { lockCounts } from '../engine/settle.ts'
import type { Actor } from '../migration-events.ts'
import { takeStep, type StepDeps } from './stepping.ts'

/**
 * Has failed files tried again, all of them or those of some blobs, as if for the first time.
 * @throws NotFoundError, MigrationStateError
 */
export const retryItems =
  (deps: StepDeps) =>
  (id: string, blobIds: readonly string[] | null, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'retry', actor, async (migration, tx, at) => {
      await lockCounts(tx, migration)
      const { count } = await tx.migrationItem.updateMany({
        where: {
          migrationId: id,
          direction: migration.direction,
          state: 'FAILED',
          ...(blobIds && { blobId: { in: [...blobIds] } }),
        },
        data: { state: 'PENDING', attempts: 0, nextAttemptAt: at },
      })
      const running = migration.direction === 'BACK' ? ('ROLLING_BACK' as const) : ('RUNNING' as const)
      return {
        data:
          migration.state === 'FAILED'
            ? { state: running, planning: true, planFound: 0, planSource: 0, planCursor: null }
            : {},
        action: 'retried',
        details: { files: count },
      }
    })
