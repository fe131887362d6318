import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { SignedIn } from '@archivolt/kit/graph/context'
import { fromGlobalId, requireGlobalId } from '@archivolt/kit/graph/global-id'
import type { Migration } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import {
  MigrationConflictError,
  MigrationRefusedError,
  MigrationStateError,
  MigrationUnverifiedError,
} from './migration.errors.ts'
import { MigrationRef, VerifyEnum } from './migration.graph.ts'
import type { Actor } from './migration-events.ts'
import type { PreflightReport } from './preflight.ts'
import { readMigration, type MigrationView } from './read-migrations.ts'

const Preflight = builder.objectRef<PreflightReport>('MigrationPreflight').implement({
  description: 'What was found at the target before anything was changed.',
  fields: (t) => ({
    latencyMs: t.exposeInt('latencyMs'),
    freeBytes: t.expose('freeBytes', { type: 'ByteCount', nullable: true, description: 'Null when it does not say.' }),
    itemsToMove: t.exposeInt('itemsToMove', { nullable: true, description: 'Null when counting takes longer.' }),
    bytesToMove: t.expose('bytesToMove', { type: 'ByteCount', nullable: true }),
    refusesOverwrites: t.exposeBoolean('refusesOverwrites', {
      description: 'Whether the target refuses to write a name twice. The migration does not depend on it.',
    }),
  }),
})

const StartSuccess = builder
  .objectRef<{ migration: MigrationView; preflight: PreflightReport }>('StartMigrationSuccess')
  .implement({
    fields: (t) => ({
      migration: t.field({ type: MigrationRef, resolve: (payload) => payload.migration }),
      preflight: t.field({ type: Preflight, resolve: (payload) => payload.preflight }),
    }),
  })

const success = (name: string) =>
  builder.objectRef<{ migration: MigrationView }>(name).implement({
    fields: (t) => ({ migration: t.field({ type: MigrationRef, resolve: (payload) => payload.migration }) }),
  })

const FilterInput = builder.inputType('MigrationFilterInput', {
  description: 'Which files; all of these must fit. With a filter new files go where they always went.',
  fields: (t) => ({
    buckets: t.stringList({ description: 'For example `documents`, `previews`.' }),
    ownerIds: t.idList({ description: 'Of users.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'At this moment or after it.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})
const StartInput = builder.inputType('StartMigrationInput', {
  fields: (t) => ({
    targetId: t.id({ required: true }),
    sourceIds: t.idList({ description: 'By default every other place of the vault.' }),
    filter: t.field({ type: FilterInput }),
    concurrency: t.int({ description: 'Most files at once per worker; by default the engine finds out.' }),
    bytesPerSecond: t.field({ type: 'ByteCount', description: 'By default without limit.' }),
    verify: t.field({ type: VerifyEnum, defaultValue: 'READ_BACK' }),
    retentionDays: t.int({ description: 'How long the old copies are kept after the end; 7 by default.' }),
  }),
})
const IdInput = (name: string) => builder.inputType(name, { fields: (t) => ({ id: t.id({ required: true }) }) })
const PauseInput = IdInput('PauseMigrationInput')
const RollbackInput = IdInput('RollbackMigrationInput')
const ResumeInput = builder.inputType('ResumeMigrationInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    bytesPerSecond: t.field({ type: 'ByteCount', description: 'Left out: as before. Null: without limit.' }),
    concurrency: t.int({ description: 'Left out: as before. Null: the engine finds out.' }),
  }),
})
const ThrottleInput = builder.inputType('ThrottleMigrationInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    bytesPerSecond: t.field({ type: 'ByteCount', description: 'Left out: as before. Null: without limit.' }),
    concurrency: t.int({ description: 'Left out: as before. Null: the engine finds out.' }),
  }),
})
const CancelInput = builder.inputType('CancelMigrationInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    releaseTarget: t.boolean({
      defaultValue: false,
      description:
        'Whether copies at the target are given up where another one is verified; else they stay as second copies.',
    }),
    releaseAll: t.boolean({ defaultValue: false, description: 'As with finishMigration.' }),
  }),
})
const FinishInput = builder.inputType('FinishMigrationInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    releaseAll: t.boolean({
      defaultValue: false,
      description:
        'The word without which more than a quarter of the files of the vault are not deleted in one go. It can be given later, too.',
    }),
  }),
})
const RetryInput = builder.inputType('RetryMigrationItemsInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    itemIds: t.idList({ description: 'Ids of failures; by default all of them.' }),
  }),
})

/** @throws NotFoundError for an id that is none */
function migrationIdOf(globalId: string): string {
  const id = fromGlobalId('Migration', globalId)
  if (!id) throw new NotFoundError('The migration')
  return id
}

function backendIdOf(globalId: string): string {
  const id = fromGlobalId('StorageBackend', globalId)
  if (!id) throw new NotFoundError('The place')
  return id
}

const actorOf = ({ viewer, identity }: SignedIn<Context>): Actor => ({
  userId: viewer.userId,
  requestId: identity.requestId,
})

/** What a step has made of it, as every reader sees it. */
async function seen({ id }: Migration, { db, now }: Context): Promise<{ migration: MigrationView }> {
  const migration = await readMigration(db, id, now())
  if (!migration) throw new NotFoundError('The migration')
  return { migration }
}

const stepErrors = { types: [NotFoundError, InvalidInputError, MigrationStateError] }

builder.mutationFields((t) => ({
  startMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: StartSuccess,
    description:
      'Moves files to a place while the vault is used. New files go there from this moment. Nothing is deleted before it is finished and the retention time is over.',
    args: { input: t.arg({ type: StartInput, required: true }) },
    errors: { types: [NotFoundError, InvalidInputError, MigrationRefusedError, MigrationConflictError] },
    resolve: async (_root, { input }, context) => {
      const { migration, preflight } = await context.usecases.startMigration(
        {
          targetId: backendIdOf(input.targetId),
          sourceIds: input.sourceIds?.map(backendIdOf) ?? null,
          filter: {
            buckets: input.filter?.buckets ?? [],
            ownerIds: (input.filter?.ownerIds ?? []).map((id) => requireGlobalId('User', 'filter.ownerIds', id)),
            createdAfter: input.filter?.createdAfter ?? null,
            createdBefore: input.filter?.createdBefore ?? null,
          },
          concurrency: input.concurrency ?? null,
          bytesPerSecond: input.bytesPerSecond ?? null,
          verify: input.verify ?? 'READ_BACK',
          retentionDays: input.retentionDays ?? null,
        },
        actorOf(context),
      )
      return { ...(await seen(migration, context)), preflight }
    },
  }),
  pauseMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('PauseMigrationSuccess'),
    description: 'Holds it. What is verified stays so; files under way begin anew later.',
    args: { input: t.arg({ type: PauseInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) =>
      seen(await context.usecases.pauseMigration(migrationIdOf(input.id), actorOf(context)), context),
  }),
  resumeMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('ResumeMigrationSuccess'),
    args: { input: t.arg({ type: ResumeInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) => {
      const { id, ...throttle } = input
      return seen(await context.usecases.resumeMigration(migrationIdOf(id), throttle, actorOf(context)), context)
    },
  }),
  throttleMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('ThrottleMigrationSuccess'),
    description: 'Changes how fast it may be, while it runs.',
    args: { input: t.arg({ type: ThrottleInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) => {
      const { id, ...throttle } = input
      return seen(await context.usecases.throttleMigration(migrationIdOf(id), throttle, actorOf(context)), context)
    },
  }),
  cancelMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('CancelMigrationSuccess'),
    description: 'Ends it where it is. New files go where they went before; nothing becomes unreadable.',
    args: { input: t.arg({ type: CancelInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) => {
      const options = { releaseTarget: input.releaseTarget ?? false, releaseAll: input.releaseAll ?? false }
      return seen(await context.usecases.cancelMigration(migrationIdOf(input.id), options, actorOf(context)), context)
    },
  }),
  rollbackMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('RollbackMigrationSuccess'),
    description: 'Brings everything back to where it was, along with what was written since.',
    args: { input: t.arg({ type: RollbackInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) =>
      seen(await context.usecases.rollBackMigration(migrationIdOf(input.id), actorOf(context)), context),
  }),
  finishMigration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('FinishMigrationSuccess'),
    description: 'Gives the old places up. Their copies are kept for the retention time, then deleted.',
    args: { input: t.arg({ type: FinishInput, required: true }) },
    errors: { types: [...stepErrors.types, MigrationUnverifiedError] },
    resolve: async (_root, { input }, context) => {
      const options = { releaseAll: input.releaseAll ?? false }
      return seen(await context.usecases.finishMigration(migrationIdOf(input.id), options, actorOf(context)), context)
    },
  }),
  retryMigrationItems: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: success('RetryMigrationItemsSuccess'),
    description: 'Has failed files tried again.',
    args: { input: t.arg({ type: RetryInput, required: true }) },
    errors: stepErrors,
    resolve: async (_root, { input }, context) => {
      const blobIds = input.itemIds?.map((id) => requireGlobalId('MigrationItem', 'itemIds', id)) ?? null
      return seen(
        await context.usecases.retryMigrationItems(migrationIdOf(input.id), blobIds, actorOf(context)),
        context,
      )
    },
  }),
}))
