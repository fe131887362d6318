import { DomainError, InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Scan, ScanSlice } from '../../prisma/client/client.ts'
import { BackendRef } from '../backends/backend.graph.ts'
import { builder } from '../graph/builder.ts'
import { ScanRunningError } from './fixity.errors.ts'

builder.objectType(ScanRunningError, { name: 'ScanRunningError', interfaces: [DomainError] })

const StateEnum = builder.enumType('StorageScanState', {
  values: {
    RUNNING: {},
    DONE: {},
    FAILED: { description: 'A place could not be scanned to its end; its message says why.' },
  },
})
const FindingKindEnum = builder.enumType('StorageFindingKind', {
  values: {
    DAMAGED: { description: 'The bytes are not what was stored. They are not given out any more.' },
    MISSING: { description: 'The bytes are not there.' },
    UNREADABLE: { description: 'The place is well, but does not give these bytes.' },
    ORPHAN: { description: 'Bytes that belong to no file. They are put aside, and deleted when they are old enough.' },
    FOREIGN: { description: 'What this vault never wrote. It is left alone.' },
  },
})

const COUNTS = {
  checked: 'Copies of files looked at; in a scan for orphans, objects.',
  ok: 'Copies that are what was stored.',
  damaged: 'Copies that are not, or cannot be read.',
  missing: 'Copies that are not there.',
  repaired: 'Copies made anew from one that was right, or right again.',
  orphans: 'Objects that belong to no file.',
  foreign: 'Objects that this vault never wrote.',
} as const
type CountName = keyof typeof COUNTS

const PlaceRef = builder.prismaObject('ScanSlice', {
  name: 'StorageScanPlace',
  description: 'What a scan has done at one place.',
  fields: (t) => {
    const count = (name: CountName) => t.int({ description: COUNTS[name], resolve: (slice) => Number(slice[name]) })
    return {
      backend: t.field({
        type: BackendRef,
        select: { backend: true },
        resolve: (slice) => slice.backend,
      }),
      state: t.field({ type: StateEnum, resolve: (slice) => slice.state }),
      message: t.exposeString('message', { nullable: true, description: 'What keeps it from going on.' }),
      checkpoint: t.string({
        nullable: true,
        description: 'The last file or object that is done; from there it goes on after an interruption.',
        resolve: (slice) => slice.cursor,
      }),
      bytes: t.expose('bytes', { type: 'ByteCount', description: 'Read so far.' }),
      checked: count('checked'),
      ok: count('ok'),
      damaged: count('damaged'),
      missing: count('missing'),
      repaired: count('repaired'),
      orphans: count('orphans'),
      foreign: count('foreign'),
    }
  },
})

builder.prismaObject('ScanFinding', {
  name: 'StorageFinding',
  fields: (t) => ({
    id: t.id({ resolve: (finding) => toGlobalId('StorageFinding', finding.id) }),
    kind: t.field({ type: FindingKindEnum, resolve: (finding) => finding.kind }),
    key: t.exposeString('key', { description: 'The name of the object at its place.' }),
    backendId: t.id({ resolve: (finding) => toGlobalId('StorageBackend', finding.backendId) }),
    documentId: t.id({
      nullable: true,
      description: 'Null for what belongs to no document, or to one that was purged.',
      resolve: async ({ blobId }, _args, { loaders }) => {
        const blob = blobId ? await loaders.blob.load(blobId) : null
        return blob?.bucket === 'documents' ? toGlobalId('Document', blob.documentId) : null
      },
    }),
    foundAt: t.expose('foundAt', { type: 'DateTime' }),
    repairedAt: t.expose('repairedAt', { type: 'DateTime', nullable: true }),
  }),
})

export const ScanRef = builder.prismaObject('Scan', {
  name: 'StorageScan',
  description: 'One walk over the places for bytes.',
  fields: (t) => {
    const count = (name: CountName) =>
      t.int({
        description: COUNTS[name],
        select: { slices: true },
        resolve: ({ slices }) => Number(sum(slices, name)),
      })
    return {
      id: t.id({ resolve: (scan) => toGlobalId('StorageScan', scan.id) }),
      state: t.field({ type: StateEnum, resolve: (scan) => scan.state }),
      startedAt: t.expose('startedAt', { type: 'DateTime' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
      startedById: t.id({
        nullable: true,
        description: 'Null when it began by itself.',
        resolve: ({ startedBy }) => startedBy && toGlobalId('User', startedBy),
      }),
      bytesPerSecond: t.expose('bytesPerSecond', {
        type: 'ByteCount',
        nullable: true,
        description: 'Most that is read at each place; null for the default.',
      }),
      total: t.int({
        description: 'Copies of files there are at its places.',
        select: { slices: true },
        resolve: ({ slices }, _args, { db }) =>
          db.replica.count({ where: { backendId: { in: slices.map(({ backendId }) => backendId) } } }),
      }),
      bytes: t.field({
        type: 'ByteCount',
        description: 'Read so far.',
        select: { slices: true },
        resolve: ({ slices }) => sum(slices, 'bytes'),
      }),
      checked: count('checked'),
      ok: count('ok'),
      damaged: count('damaged'),
      missing: count('missing'),
      repaired: count('repaired'),
      orphans: count('orphans'),
      foreign: count('foreign'),
      places: t.field({ type: [PlaceRef], select: { slices: true }, resolve: ({ slices }) => slices }),
      findings: t.relatedConnection('findings', {
        cursor: 'id',
        totalCount: true,
        description: 'In the order they were found; at most 10,000 of a place are listed.',
        query: { orderBy: { id: 'asc' } },
      }),
    }
  },
})

const sum = (slices: readonly ScanSlice[], name: CountName | 'bytes') =>
  slices.reduce((total, slice) => total + slice[name], 0n)

const FixityReport = builder.objectRef<object>('FixityReport').implement({
  description: 'Whether every copy of every file is still what was stored.',
  fields: (t) => ({
    running: t.prismaField({
      type: ScanRef,
      nullable: true,
      resolve: (query, _report, _args, { db }) =>
        db.scan.findFirst({ ...query, where: { kind: 'FIXITY', state: 'RUNNING' } }),
    }),
    latest: t.prismaField({
      type: ScanRef,
      nullable: true,
      description: 'The last one that ended.',
      resolve: (query, _report, _args, { db }) =>
        db.scan.findFirst({
          ...query,
          where: { kind: 'FIXITY', state: { not: 'RUNNING' } },
          orderBy: { startedAt: 'desc' },
        }),
    }),
  }),
})

builder.queryField('fixityReport', (t) =>
  t.withAuth({ serviceAdmin: 'storage' }).field({
    type: FixityReport,
    description: 'For administrators of the storage.',
    resolve: () => ({}),
  }),
)

const StartInput = builder.inputType('StartFixityScanInput', {
  fields: (t) => ({
    backendId: t.id({
      description: "One place alone. Without it all places of the vault, but no people's own accounts.",
    }),
    bytesPerSecond: t.field({ type: 'ByteCount', description: 'Most that is read at each place.' }),
  }),
})
export const StartSuccess = (name: string) =>
  builder.objectRef<{ scan: Scan }>(name).implement({
    fields: (t) => ({ scan: t.field({ type: ScanRef, resolve: ({ scan }) => scan }) }),
  })

builder.mutationField('startFixityScan', (t) =>
  t.withAuth({ serviceAdmin: 'storage' }).field({
    type: StartSuccess('StartFixityScanSuccess'),
    description:
      'Reads every copy of every file and compares it with what was stored. What is not right is made anew from a copy that is.',
    args: { input: t.arg({ type: StartInput, required: true }) },
    errors: { types: [NotFoundError, InvalidInputError, ScanRunningError] },
    resolve: async (_root, { input }, { usecases, viewer, identity }) => ({
      scan: await usecases.startScan({
        kind: 'FIXITY',
        backendId: input.backendId ? placeIdOf(input.backendId) : null,
        bytesPerSecond: input.bytesPerSecond,
        actorId: viewer.userId,
        requestId: identity.requestId,
      }),
    }),
  }),
)

/** @throws NotFoundError for an id that is none */
export function placeIdOf(globalId: string): string {
  const id = fromGlobalId('StorageBackend', globalId)
  if (!id) throw new NotFoundError('The place')
  return id
}
