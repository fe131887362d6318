import type { Migration } from '../../../prisma/client/client.ts'
import { MigrationStateError } from '../migration.errors.ts'
import type { Actor } from '../migration-events.ts'
import { makeFormerCurrent, takeStep, type StepDeps } from './stepping.ts'

/**
 * Turns a migration round. Files that the old places still have count there again at once; those that were written to the
 * target since are copied back, verified like all others. New files go where they went before.
 * @throws NotFoundError, MigrationStateError
 */
export const rollBackMigration =
  (deps: StepDeps) =>
  (id: string, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'rollBack', actor, async (migration, tx) => {
      if (migration.direction === 'BACK') throw new MigrationStateError('The migration is being rolled back already.')
      const olds = await tx.storageBackend.count({ where: { id: { in: migration.sourceIds } } })
      const back = await tx.storageBackend.count({ where: { id: migration.returnToId } })
      if (olds === 0 || back === 0)
        throw new MigrationStateError(
          'The place that files would go back to was removed. Start a migration to another one.',
        )
      await makeFormerCurrent(tx, migration)
      return {
        data: {
          state: 'ROLLING_BACK',
          direction: 'BACK',
          planning: true,
          planPasses: 0,
          planFound: 0,
          planSource: 0,
          planCursor: null,
          plannedAt: null,
          problem: null,
          release: null,
          retentionEndsAt: null,
        },
        action: 'rolling_back',
      }
    })
