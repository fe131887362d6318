import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { Migration } from '../../../prisma/client/client.ts'
import type { Actor } from '../migration-events.ts'
import { takeStep, type StepDeps } from './stepping.ts'

/** Undefined leaves a limit as it is; null takes it away. */
export interface ThrottleInput {
  bytesPerSecond?: number | null
  concurrency?: number | null
}

const MOST_AT_ONCE = 64

/** Changes how fast a migration may be, while it runs. @throws NotFoundError, InvalidInputError, MigrationStateError */
export const throttleMigration =
  (deps: StepDeps) =>
  (id: string, throttle: ThrottleInput, actor: Actor): Promise<Migration> =>
    takeStep(deps, id, 'throttle', actor, () => ({
      data: throttleData(throttle),
      action: 'throttled',
      details: Object.fromEntries(Object.entries(throttle).filter(([, value]) => value !== undefined)),
    }))

/** @throws InvalidInputError */
export function throttleData({ bytesPerSecond, concurrency }: ThrottleInput) {
  if (bytesPerSecond !== undefined && bytesPerSecond !== null && bytesPerSecond < 1)
    throw new InvalidInputError('bytesPerSecond', 'The limit is at least one byte per second; leave it out for none.')
  if (concurrency !== undefined && concurrency !== null && (concurrency < 1 || concurrency > MOST_AT_ONCE))
    throw new InvalidInputError(
      'concurrency',
      `From 1 to ${MOST_AT_ONCE} files at once; leave it out to let it be found.`,
    )
  return {
    ...(bytesPerSecond !== undefined && { bytesPerSecond: bytesPerSecond === null ? null : BigInt(bytesPerSecond) }),
    ...(concurrency !== undefined && { concurrency }),
  }
}
