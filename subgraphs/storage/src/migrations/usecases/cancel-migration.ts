import type { Migration } from '../../../prisma/client/client.ts'
import type { Actor } from '../migration-events.ts'
import { makeFormerCurrent, takeStep, type StepDeps } from './stepping.ts'

const DAY_MS = 86_400_000

/**
 * Ends a migration where it is. New files go where they went before. What was copied stays, verified, as a second copy; or
 * it is given up where the first one is verified too, and deleted when the retention time is over. What was uploaded to the
 * target meanwhile stays there: only a rollback takes that along.
 * @throws NotFoundError, MigrationStateError
 */
export const cancelMigration =
  (deps: StepDeps) =>
  (id: string, options: { releaseTarget: boolean; releaseAll: boolean }, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'cancel', actor, async (migration, tx, at) => {
      await makeFormerCurrent(tx, migration)
      return {
        data: {
          state: 'CANCELLED',
          cancelledAt: at,
          planning: false,
          problem: null,
          ...(options.releaseTarget && {
            release: 'QUARANTINING',
            releaseAll: options.releaseAll,
            retentionEndsAt: new Date(at.getTime() + migration.retentionDays * DAY_MS),
          }),
        },
        action: 'cancelled',
        details: { releaseTarget: options.releaseTarget },
      }
    })
