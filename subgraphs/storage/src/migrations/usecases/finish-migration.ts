import type { Migration } from '../../../prisma/client/client.ts'
import { byIndex } from '../engine/lock-items.ts'
import { hasStragglers } from '../engine/plan.ts'
import { lockCounts } from '../engine/settle.ts'
import { MigrationStateError, MigrationUnverifiedError } from '../migration.errors.ts'
import type { Actor } from '../migration-events.ts'
import { takeStep, type StepDeps } from './stepping.ts'

const DAY_MS = 86_400_000

/**
 * Gives the old places up. Their copies are quarantined, and deleted when the retention time is over; until then a
 * rollback brings everything back at once. Asked of a finished migration with `releaseAll`, it is the word without which a
 * large part of the vault's files is never deleted in one go.
 * @throws NotFoundError, MigrationStateError, MigrationUnverifiedError while anything is not verified
 */
export const finishMigration =
  (deps: StepDeps) =>
  async (id: string, options: { releaseAll: boolean }, actor: Actor): Promise<Migration> => {
    const before = await deps.db.migration.findUnique({ where: { id } })
    if (
      before &&
      options.releaseAll &&
      before.release &&
      before.release !== 'DONE' &&
      before.state !== 'READY_TO_FINISH'
    ) {
      return takeStep(deps, id, 'releaseAll', actor, (migration) => {
        if (!migration.release) throw new MigrationStateError('Nothing of this migration waits to be deleted.')
        return { data: { releaseAll: true }, action: 'release_allowed' }
      })
    }
    if (before?.state === 'FAILED' || before?.state === 'RUNNING') {
      const open = await unverified(deps, before)
      if (open > 0) throw new MigrationUnverifiedError(open)
    }
    return takeStep(deps, id, 'finish', actor, async (migration, tx, at) => {
      const { open, failed } = await lockCounts(tx, migration)
      await byIndex(tx)
      const late = (await hasStragglers(tx, migration)) ? 1 : 0
      if (open + failed + late > 0) throw new MigrationUnverifiedError(open + failed + late)
      const retentionEndsAt = new Date(at.getTime() + migration.retentionDays * DAY_MS)
      return {
        data: {
          state: 'FINISHED',
          finishedAt: at,
          retentionEndsAt,
          release: 'QUARANTINING',
          releaseAll: options.releaseAll,
          planFound: 0,
          problem: null,
        },
        action: 'finished',
        details: { retentionEndsAt: retentionEndsAt.toISOString(), releaseAll: options.releaseAll },
      }
    })
  }

async function unverified({ db }: StepDeps, { id, direction }: Migration): Promise<number> {
  const sums = await db.migrationProgress.findUnique({
    where: { migrationId_direction: { migrationId: id, direction } },
  })
  return sums ? Number(sums.pendingItems + sums.copyingItems + sums.verifyingItems + sums.failedItems) : 0
}
