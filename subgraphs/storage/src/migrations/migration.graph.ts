import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Page } from '@archivolt/kit/graph/connection'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { MigrationEvent } from '../../prisma/client/client.ts'
import { BackendRef } from '../backends/backend.graph.ts'
import { builder } from '../graph/builder.ts'
import {
  MigrationConflictError,
  MigrationRefusedError,
  MigrationStateError,
  MigrationUnverifiedError,
} from './migration.errors.ts'
import { routeOf } from './migration.ts'
import { listFailures, listMigrations, readMigration, type FailedItem, type MigrationView } from './read-migrations.ts'

builder.objectType(MigrationRefusedError, {
  name: 'MigrationRefusedError',
  description: 'A place cannot take part as it is; the message says what to change. Nothing was started.',
  interfaces: [DomainError],
})
builder.objectType(MigrationConflictError, {
  name: 'MigrationConflictError',
  description: 'Another migration uses one of the places.',
  interfaces: [DomainError],
  fields: (t) => ({
    migrationId: t.id({ resolve: (error) => toGlobalId('Migration', error.migrationId) }),
  }),
})
builder.objectType(MigrationStateError, {
  name: 'MigrationStateError',
  description: 'The step does not fit the state, as when someone else was quicker; the message says what the state is.',
  interfaces: [DomainError],
})
builder.objectType(MigrationUnverifiedError, {
  name: 'MigrationUnverifiedError',
  interfaces: [DomainError],
  fields: (t) => ({ items: t.exposeInt('items', { description: 'Files without a verified copy at the target.' }) }),
})

const StateEnum = builder.enumType('MigrationState', {
  values: {
    RUNNING: {},
    PAUSED: {},
    READY_TO_FINISH: { description: 'Every file has a verified copy at the target.' },
    FINISHED: { description: 'The old places are given up; their copies are kept for the retention time.' },
    CANCELLED: { description: 'Ended before its end, or rolled back.' },
    ROLLING_BACK: {},
    FAILED: { description: 'All was tried; the files listed as failures need someone.' },
  },
})
export const VerifyEnum = builder.enumType('MigrationVerify', {
  values: {
    READ_BACK: { description: 'Every file is read back from the target in full.' },
    TARGET_CHECKSUM: {
      description: 'A SHA-256 that the target itself computed will do; where there is none, as READ_BACK.',
    },
  },
})
const ReleaseEnum = builder.enumType('MigrationRelease', {
  values: {
    QUARANTINING: {},
    RETAINED: { description: 'The retention time runs.' },
    HELD: {
      description:
        'The time is over, but so much is deleted only when an administrator says so: finish with `releaseAll`.',
    },
    DELETING: {},
    DONE: {},
  },
})

const EventRef = builder.objectRef<MigrationEvent>('MigrationEvent').implement({
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action', { description: 'For example `started`, `paused`, `ready`, `finished`.' }),
    actorId: t.id({
      nullable: true,
      description: 'The user; null for the vault itself.',
      resolve: ({ actorId }) => actorId && toGlobalId('User', actorId),
    }),
  }),
})

const CountRef = builder.objectRef<{ items: number; bytes: number }>('MigrationCount').implement({
  fields: (t) => ({ items: t.exposeInt('items'), bytes: t.expose('bytes', { type: 'ByteCount' }) }),
})

const FailureRef = builder.objectRef<FailedItem>('MigrationFailure').implement({
  description: 'A file that could not be moved. It is whole where it was, unless the reason says otherwise.',
  fields: (t) => ({
    id: t.id({ resolve: (item) => toGlobalId('MigrationItem', item.blobId) }),
    documentId: t.id({
      nullable: true,
      description: 'Null when the file was purged meanwhile.',
      resolve: ({ blob }) => blob && toGlobalId('Document', blob.documentId),
    }),
    ownerId: t.id({ nullable: true, resolve: ({ blob }) => blob && toGlobalId('User', blob.ownerId) }),
    size: t.expose('size', { type: 'ByteCount' }),
    code: t.string({ resolve: (item) => item.reasonCode ?? 'unknown' }),
    reason: t.string({ resolve: (item) => item.reason ?? 'The reason is not known.' }),
    attempts: t.exposeInt('attempts'),
  }),
})
const FailureEdge = builder.objectRef<Page<FailedItem>['edges'][number]>('MigrationFailuresConnectionEdge').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.field({ type: FailureRef, resolve: (edge) => edge.node }),
  }),
})
const FailureConnection = builder
  .objectRef<Page<FailedItem> & { totalCount: number }>('MigrationFailuresConnection')
  .implement({
    fields: (t) => ({
      edges: t.field({ type: [FailureEdge], resolve: (page) => page.edges }),
      pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (page) => page.pageInfo }),
      totalCount: t.exposeInt('totalCount'),
    }),
  })

export const MigrationRef = builder.objectRef<MigrationView>('Migration').implement({
  description: 'A move of files from places to another place, while the vault is used.',
  fields: (t) => ({
    id: t.id({ resolve: (migration) => toGlobalId('Migration', migration.id) }),
    state: t.field({ type: StateEnum, resolve: (migration) => migration.state }),
    target: t.field({
      type: BackendRef,
      nullable: true,
      description: 'Null when it was removed since.',
      resolve: ({ targetId }, _args, { db }) => db.storageBackend.findUnique({ where: { id: targetId } }),
    }),
    targetName: t.exposeString('targetName'),
    sources: t.field({
      type: [BackendRef],
      description: 'Those that still exist.',
      resolve: async ({ sourceIds }, _args, { db }) => {
        const found = await Promise.all(sourceIds.map((id) => db.storageBackend.findUnique({ where: { id } })))
        return found.filter((backend) => backend !== null)
      },
    }),
    sourceNames: t.exposeStringList('sourceNames'),
    takesNewFiles: t.exposeBoolean('takesNewFiles', { description: 'Whether new files go to the target.' }),
    verify: t.field({ type: VerifyEnum, resolve: (migration) => migration.verify }),
    planned: t.boolean({
      description: 'Whether all files have been counted; until then the totals grow.',
      resolve: ({ planPasses }) => planPasses > 0,
    }),
    itemsTotal: t.int({ resolve: ({ tally }) => tally.total.items }),
    itemsDone: t.int({ description: 'With a verified copy.', resolve: ({ tally }) => tally.done.items }),
    itemsFailed: t.int({ resolve: ({ tally }) => tally.failed.items }),
    bytesTotal: t.field({ type: 'ByteCount', resolve: ({ tally }) => tally.total.bytes }),
    bytesDone: t.field({ type: 'ByteCount', resolve: ({ tally }) => tally.done.bytes }),
    bytesMoving: t.field({
      type: 'ByteCount',
      description: 'Copied of files that are not verified yet.',
      resolve: ({ tally }) => tally.movingBytes,
    }),
    pending: t.field({ type: CountRef, resolve: ({ tally }) => tally.pending }),
    copying: t.field({ type: CountRef, resolve: ({ tally }) => tally.copying }),
    verifying: t.field({ type: CountRef, resolve: ({ tally }) => tally.verifying }),
    done: t.field({ type: CountRef, resolve: ({ tally }) => tally.done }),
    failed: t.field({ type: CountRef, resolve: ({ tally }) => tally.failed }),
    bytesPerSecond: t.field({ type: 'ByteCount', resolve: ({ tally }) => Math.round(tally.bytesPerSecond) }),
    itemsPerSecond: t.float({ resolve: ({ tally }) => Math.round(tally.itemsPerSecond * 10) / 10 }),
    etaSeconds: t.int({
      nullable: true,
      description: 'Null while it cannot be told.',
      resolve: ({ tally }) => tally.etaSeconds,
    }),
    retries: t.int({ description: 'Tries that failed and were made again.', resolve: ({ tally }) => tally.retries }),
    workers: t.int({ description: 'Processes at work on it.', resolve: ({ tally }) => tally.workers }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'What keeps it from getting on right now, and what to do; it goes on by itself once that is mended.',
    }),
    throttleBytesPerSecond: t.field({
      type: 'ByteCount',
      nullable: true,
      description: 'The limit that was set; null for none.',
      resolve: ({ bytesPerSecond }) => bytesPerSecond,
    }),
    concurrency: t.exposeInt('concurrency', {
      nullable: true,
      description: 'Most files at once per worker; null when the engine finds out by itself.',
    }),
    retentionDays: t.exposeInt('retentionDays'),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    readyToFinishAt: t.expose('readyAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    cancelledAt: t.expose('cancelledAt', { type: 'DateTime', nullable: true }),
    rolledBackAt: t.expose('rolledBackAt', { type: 'DateTime', nullable: true }),
    retentionEndsAt: t.expose('retentionEndsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until then a rollback brings everything back without copying.',
    }),
    release: t.field({
      type: ReleaseEnum,
      nullable: true,
      description: 'What becomes of the copies that are not needed any more; null while none are given up.',
      resolve: (migration) => migration.release,
    }),
    released: t.field({
      type: CountRef,
      description: 'Copies that were deleted after the retention time.',
      resolve: ({ releasedItems, releasedBytes }) => ({ items: Number(releasedItems), bytes: Number(releasedBytes) }),
    }),
    history: t.field({
      type: [EventRef],
      description: 'What was decided, the first first.',
      resolve: (migration) => migration.events,
    }),
    failures: t.field({
      type: FailureConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: async (migration, args, { db }) => ({
        ...(await listFailures(db, migration, args)),
        totalCount: migration.tally.failed.items,
      }),
    }),
    destination: t.field({
      type: BackendRef,
      nullable: true,
      description: 'Where files are copied to now: the target, or, during a rollback, the place they return to.',
      resolve: (migration, _args, { db }) => db.storageBackend.findUnique({ where: { id: routeOf(migration).to } }),
    }),
  }),
})

const MigrationEdge = builder
  .objectRef<Page<MigrationView>['edges'][number]>('QueryMigrationsConnectionEdge')
  .implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      node: t.field({ type: MigrationRef, resolve: (edge) => edge.node }),
    }),
  })
const MigrationConnection = builder.objectRef<Page<MigrationView>>('QueryMigrationsConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [MigrationEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (page) => page.pageInfo }),
    totalCount: t.int({ resolve: (_page, _args, { db }) => db.migration.count() }),
  }),
})

builder.queryFields((t) => ({
  migration: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: MigrationRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, now }) => {
      const migrationId = fromGlobalId('Migration', id)
      return migrationId ? readMigration(db, migrationId, now()) : null
    },
  }),
  migrations: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: MigrationConnection,
    description: 'Every migration there was, the newest first.',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: (_root, args, { db, now }) => listMigrations(db, args, now()),
  }),
}))
