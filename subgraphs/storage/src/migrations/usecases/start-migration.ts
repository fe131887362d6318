import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import { v7 as uuidv7 } from 'uuid'
import type { Migration, Prisma, StorageBackend } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { OPEN_STATES } from '../migration.ts'
import { MigrationConflictError, MigrationRefusedError } from '../migration.errors.ts'
import { note, type Actor } from '../migration-events.ts'
import { runMigrationsJob } from '../migrations.job.ts'
import { preflight, type PreflightReport } from '../preflight.ts'
import { makeCurrent, type StepDeps } from './stepping.ts'
import { throttleData } from './throttle-migration.ts'

interface Deps extends StepDeps {
  backends: Backends
  vaultId: string
}

export interface StartInput {
  targetId: string
  /** Null for every other place of the vault. */
  sourceIds: string[] | null
  filter: {
    buckets: string[]
    ownerIds: string[]
    createdAfter: Date | null
    createdBefore: Date | null
  }
  concurrency: number | null
  bytesPerSecond: number | null
  verify: 'READ_BACK' | 'TARGET_CHECKSUM'
  retentionDays: number | null
}

const RETENTION_DAYS = 7
const MOST_RETENTION_DAYS = 365
const MOST_SOURCES = 100
/** Any number: two starts at once follow each other. */
const START_LOCK = 7_402_206

/**
 * Begins to move files to a place, after it has shown that it can take them. Without a filter new files go there from this
 * moment on. Planning and copying go on in the background.
 * @throws NotFoundError, InvalidInputError, MigrationRefusedError, MigrationConflictError
 */
export const startMigration =
  (deps: Deps) =>
  async (input: StartInput, actor: Actor): Promise<{ migration: Migration; preflight: PreflightReport }> => {
    const throttle = throttleData(input)
    const retentionDays = input.retentionDays ?? RETENTION_DAYS
    if (retentionDays < 0 || retentionDays > MOST_RETENTION_DAYS)
      throw new InvalidInputError('retentionDays', `From 0 to ${MOST_RETENTION_DAYS} days.`)
    const { target, sources } = await placesOf(deps, input)
    await mustBeFree(deps.db, target.id, sources)
    const { filter } = input
    const filtered =
      filter.buckets.length > 0 || filter.ownerIds.length > 0 || filter.createdAfter || filter.createdBefore
    const takesNewFiles = !filtered
    if (!takesNewFiles && target.ownerId && !isOnly(filter.ownerIds, target.ownerId)) throw ownAccount(target)
    if (takesNewFiles && target.ownerId) throw ownAccount(target)
    const report = await preflight(deps, { target, sources, ...filter })
    const at = new Date(deps.now())
    const id = uuidv7()
    const migration = await deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${START_LOCK})`
      await mustBeFree(tx, target.id, sources)
      // Whoever removes a place waits, and then finds the migration; or was first, and there is nothing to move.
      const ids = [target.id, ...sources.map((source) => source.id)]
      const there = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM "storage_backends" WHERE "id" = ANY(${ids}::uuid[]) ORDER BY "id" FOR SHARE`
      if (there.length < ids.length) throw new NotFoundError('One of the places')
      const current = await tx.storageBackend.findFirst({ where: { current: true }, select: { id: true } })
      const formerly = current && current.id !== target.id ? current.id : sources[0]?.id
      const created = await tx.migration.create({
        data: {
          id,
          targetId: target.id,
          targetName: target.name,
          sourceIds: sources.map((source) => source.id),
          sourceNames: sources.map((source) => source.name),
          returnToId: formerly ?? target.id,
          takesNewFiles,
          ...filter,
          // Where new files do not go to the target, those that come later are not its concern.
          createdBefore: takesNewFiles ? null : earlier(filter.createdBefore, at),
          verify: input.verify,
          ...throttle,
          retentionDays,
          startedBy: actor.userId,
          startedAt: at,
          progress: { create: [{ direction: 'FORWARD' }, { direction: 'BACK' }] },
        },
      })
      if (takesNewFiles) await makeCurrent(tx, target.id)
      const details = {
        target: target.name,
        sources: sources
          .map((source) => source.name)
          .join(', ')
          .slice(0, 500),
      }
      await note(tx, created, { action: 'started', actor, at, details })
      await enqueue(tx, runMigrationsJob, { migrationId: id })
      return created
    })
    deps.outbox.kick()
    await deps.announcer.changed(id)
    return { migration, preflight: report }
  }

async function placesOf(
  { db }: Deps,
  input: StartInput,
): Promise<{ target: StorageBackend; sources: StorageBackend[] }> {
  const target = await db.storageBackend.findUnique({ where: { id: input.targetId, ownerId: null } })
  if (!target) throw new NotFoundError('The place')
  const { sourceIds } = input
  if (sourceIds?.includes(target.id))
    throw new InvalidInputError('sourceIds', 'Files cannot be moved to where they are.')
  // People's own clouds are left alone, unless one is named.
  const where = sourceIds ? { id: { in: sourceIds } } : { ownerId: null, id: { not: target.id } }
  const sources = await db.storageBackend.findMany({ where, orderBy: { createdAt: 'asc' }, take: MOST_SOURCES })
  if (sourceIds && sources.length !== new Set(sourceIds).size) throw new NotFoundError('One of the places')
  if (sources.length === 0)
    throw new MigrationRefusedError(
      'storage.migration.no_source',
      'There is no other place that files could come from.',
    )
  // New files were going to one of them; it is where they return to.
  return { target, sources: sources.sort((a, b) => Number(b.current) - Number(a.current)) }
}

/** @throws MigrationConflictError when another migration uses one of the places */
async function mustBeFree(
  db: Prisma.TransactionClient,
  targetId: string,
  sources: readonly StorageBackend[],
): Promise<void> {
  const ids = [targetId, ...sources.map(({ id }) => id)]
  const other = await db.migration.findFirst({
    where: {
      OR: [
        { state: { in: [...OPEN_STATES] }, OR: [{ targetId: { in: ids } }, { sourceIds: { hasSome: ids } }] },
        // What lies quarantined at the new target is about to be deleted there.
        { state: 'FINISHED', release: { not: 'DONE' }, sourceIds: { has: targetId } },
      ],
    },
  })
  if (!other) return
  throw new MigrationConflictError(
    other.id,
    other.state === 'FINISHED'
      ? `The migration to "${other.targetName}" is still giving this place up. Roll it back instead: that needs no copying.`
      : `A migration to "${other.targetName}" is open and uses one of these places. Finish or cancel it first.`,
  )
}

function isOnly(ownerIds: readonly string[], ownerId: string): boolean {
  return ownerIds.length === 1 && ownerIds[0] === ownerId
}

function ownAccount(target: StorageBackend): MigrationRefusedError {
  return new MigrationRefusedError(
    'storage.migration.own_account',
    `"${target.name}" is the account of one person and takes their files alone. Filter by that owner.`,
  )
}

function earlier(given: Date | null, at: Date): Date {
  return given && given < at ? given : at
}
