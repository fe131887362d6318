import type { Migration } from '../../../prisma/client/client.ts'
import type { Actor } from '../migration-events.ts'
import { takeStep, type StepDeps } from './stepping.ts'

/**
 * Holds a migration: files under way are put back and begin anew later; all that is verified stays so. New files still go
 * to the target. @throws NotFoundError, MigrationStateError
 */
export const pauseMigration =
  (deps: StepDeps) =>
  (id: string, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'pause', actor, () => ({ data: { state: 'PAUSED', problem: null }, action: 'paused' }))
