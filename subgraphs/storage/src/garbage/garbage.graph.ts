import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { BackendRef } from '../backends/backend.graph.ts'
import { ScanRunningError } from '../fixity/fixity.errors.ts'
import { placeIdOf, ScanRef, StartSuccess } from '../fixity/fixity.graph.ts'
import { builder } from '../graph/builder.ts'
import { GarbageChangedError } from './garbage.errors.ts'
import { garbageOf, type PlaceGarbage } from './quarantine.ts'

builder.objectType(GarbageChangedError, { name: 'GarbageChangedError', interfaces: [DomainError] })

const PlaceGarbageRef = builder.objectRef<PlaceGarbage>('PlaceGarbage').implement({
  description: 'Bytes at one place that belong to no file any more.',
  fields: (t) => ({
    backend: t.field({
      type: BackendRef,
      resolve: ({ backendId }, _args, { db }) => db.storageBackend.findUniqueOrThrow({ where: { id: backendId } }),
    }),
    objects: t.exposeInt('objects', { description: 'All that is put aside.' }),
    bytes: t.expose('bytes', { type: 'ByteCount' }),
    since: t.expose('since', { type: 'DateTime', description: 'Since when the oldest of it is aside.' }),
    due: t.exposeInt('due', { description: 'Found by a scan, old enough to be deleted, and without an approval.' }),
    held: t.exposeBoolean('held', {
      description:
        'Whether what is due is too large a share of the place to be deleted without `approveGarbageDeletion`. Ask first whether the database is as new as the files: one from a backup takes newer files for garbage.',
    }),
  }),
})

const StorageGarbage = builder.objectRef<object>('StorageGarbage').implement({
  fields: (t) => ({
    places: t.field({
      type: [PlaceGarbageRef],
      description: 'Only those where something is aside.',
      resolve: (_garbage, _args, { db, now }) => garbageOf(db, new Date(now())),
    }),
    scan: t.prismaField({
      type: ScanRef,
      nullable: true,
      description: 'The latest scan for orphans.',
      resolve: (query, _garbage, _args, { db }) =>
        db.scan.findFirst({ ...query, where: { kind: 'ORPHANS' }, orderBy: { startedAt: 'desc' } }),
    }),
  }),
})

builder.queryField('storageGarbage', (t) =>
  t.withAuth({ serviceAdmin: 'storage' }).field({
    type: StorageGarbage,
    description: 'For administrators of the storage.',
    resolve: () => ({}),
  }),
)

const StartInput = builder.inputType('StartOrphanScanInput', {
  fields: (t) => ({ backendId: t.id({ description: 'One place alone; all without it.' }) }),
})
const ApproveInput = builder.inputType('ApproveGarbageDeletionInput', {
  fields: (t) => ({
    backendId: t.id({ required: true }),
    objects: t.int({ required: true, description: 'As many as are due, to show that it was looked at.' }),
  }),
})
const ApproveSuccess = builder.objectRef<{ objects: number }>('ApproveGarbageDeletionSuccess').implement({
  fields: (t) => ({ objects: t.exposeInt('objects', { description: 'They are deleted within minutes.' }) }),
})

builder.mutationFields((t) => ({
  startOrphanScan: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: StartSuccess('StartOrphanScanSuccess'),
    description: 'Compares what lies at the places with what the vault knows, both ways.',
    args: { input: t.arg({ type: StartInput, required: true }) },
    errors: { types: [NotFoundError, ScanRunningError] },
    resolve: async (_root, { input }, { usecases, viewer, identity }) => ({
      scan: await usecases.startScan({
        kind: 'ORPHANS',
        backendId: input.backendId ? placeIdOf(input.backendId) : null,
        actorId: viewer.userId,
        requestId: identity.requestId,
      }),
    }),
  }),
  approveGarbageDeletion: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: ApproveSuccess,
    description: 'The explicit word without which a large share of a place is not deleted in one run.',
    args: { input: t.arg({ type: ApproveInput, required: true }) },
    errors: { types: [NotFoundError, GarbageChangedError] },
    resolve: async (_root, { input }, { usecases, viewer, identity }) => {
      await usecases.approveDeletion({
        backendId: placeIdOf(input.backendId),
        objects: input.objects,
        actorId: viewer.userId,
        requestId: identity.requestId,
      })
      return { objects: input.objects }
    },
  }),
}))
