import type { Migration } from '../../../prisma/client/client.ts'
import type { Actor } from '../migration-events.ts'
import { takeStep, type StepDeps } from './stepping.ts'
import { throttleData, type ThrottleInput } from './throttle-migration.ts'

/** Lets a paused migration go on, in the direction it had, with another throttle if one is given. @throws NotFoundError, InvalidInputError, MigrationStateError */
export const resumeMigration =
  (deps: StepDeps) =>
  (id: string, throttle: ThrottleInput, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'resume', actor, ({ direction }) => ({
      data: { state: direction === 'BACK' ? 'ROLLING_BACK' : 'RUNNING', ...throttleData(throttle) },
      action: 'resumed',
    }))
