import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Migration, MigrationState, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { lockMigration } from '../engine/settle.ts'
import { allows, type MigrationStep } from '../migration.ts'
import { MigrationStateError } from '../migration.errors.ts'
import { note, type Actor, type Announcer } from '../migration-events.ts'
import { runMigrationsJob } from '../migrations.job.ts'

export interface StepDeps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
  announcer: Announcer
  now: () => number
}

/** What a step changes, and what is told about it. */
export interface Change {
  data: Prisma.MigrationUpdateInput
  action: string
  details?: Record<string, string | number | boolean | null>
}

/**
 * Takes a migration one step further, if the step fits the state it is in at that moment. Of two who ask at once, the
 * second is told what the first has made of it.
 * @throws NotFoundError, MigrationStateError, what `decide` throws
 */
export async function takeStep(
  deps: StepDeps,
  id: string,
  step: MigrationStep,
  actor: Actor,
  decide: (migration: Migration, tx: Prisma.TransactionClient, at: Date) => Promise<Change> | Change,
): Promise<Migration> {
  const at = new Date(deps.now())
  const changed = await deps.db.$transaction(async (tx) => {
    const migration = await lockMigration(tx, id)
    if (!migration) throw new NotFoundError('The migration')
    if (!allows(step, migration.state)) throw new MigrationStateError(sentenceOf(migration.state))
    const { data, action, details } = await decide(migration, tx, at)
    await note(tx, migration, { action, actor, at, details })
    await enqueue(tx, runMigrationsJob, { migrationId: id })
    return tx.migration.update({ where: { id }, data: { ...data, version: { increment: 1 } } })
  })
  deps.outbox.kick()
  await deps.announcer.changed(id)
  return changed
}

/** New files go to this place from now on. */
export async function makeCurrent(tx: Prisma.TransactionClient, backendId: string): Promise<void> {
  await tx.storageBackend.updateMany({ where: { current: true, id: { not: backendId } }, data: { current: false } })
  await tx.storageBackend.updateMany({ where: { id: backendId }, data: { current: true } })
}

/** New files go where they went before, unless someone has chosen yet another place meanwhile. */
export async function makeFormerCurrent(tx: Prisma.TransactionClient, migration: Migration): Promise<void> {
  const current = await tx.storageBackend.findFirst({ where: { current: true }, select: { id: true } })
  if (migration.takesNewFiles && current?.id === migration.targetId) await makeCurrent(tx, migration.returnToId)
}

function sentenceOf(state: MigrationState): string {
  const now: Record<MigrationState, string> = {
    RUNNING: 'The migration is running.',
    PAUSED: 'The migration is paused.',
    READY_TO_FINISH: 'Every file is verified at the target; the migration waits to be finished.',
    FINISHED: 'The migration is finished.',
    CANCELLED: 'The migration is cancelled.',
    ROLLING_BACK: 'The migration is being rolled back.',
    FAILED: 'The migration has tried everything; some files need you.',
  }
  return `${now[state]} Nothing was changed.`
}
