import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, requireGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { BulkUpdate } from '../../prisma/client/client.ts'
import { DocumentFilterInput, toFilter } from '../documents/list-args.graph.ts'
import { actorIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'

const BulkStateEnum = builder.enumType('BulkUpdateState', {
  values: {
    RUNNING: {},
    DONE: {},
    UNDOING: { description: 'It is being taken back.' },
    UNDONE: {},
  } as const,
})

const BulkUpdateRef = builder.prismaObject('BulkUpdate', {
  description: 'One change to many documents, and how far it is.',
  fields: (t) => ({
    id: t.id({ resolve: (bulk) => toGlobalId('BulkUpdate', bulk.id) }),
    state: t.field({ type: BulkStateEnum, resolve: (bulk) => bulk.state }),
    total: t.exposeInt('total'),
    done: t.int({
      description: 'Changed, or changed and taken back.',
      resolve: async ({ id }, _args, { loaders }) => {
        const counts = await loaders.bulkCounts.load(id)
        return (counts.DONE ?? 0) + (counts.UNDONE ?? 0) + (counts.KEPT ?? 0)
      },
    }),
    skipped: t.int({
      description: 'Not yours to change, or gone.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.bulkCounts.load(id)).SKIPPED ?? 0,
    }),
    kept: t.int({
      description: 'Not taken back, because somebody changed the same since.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.bulkCounts.load(id)).KEPT ?? 0,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
})

builder.queryField('bulkUpdate', (t) =>
  t.withAuth({ scope: 'documents:read' }).field({
    type: BulkUpdateRef,
    nullable: true,
    description: 'Null when it does not exist, or is not yours.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, viewer }) => {
      const bulkId = fromGlobalId('BulkUpdate', id)
      return bulkId ? db.bulkUpdate.findFirst({ where: { id: bulkId, actorId: viewer.userId } }) : null
    },
  }),
)

const BulkChangeInput = builder.inputType('BulkChange', {
  description: 'What is left out stays as it is; null clears.',
  fields: (t) => ({
    categoryId: t.id(),
    addTopics: t.stringList(),
    removeTopics: t.stringList(),
    language: t.string(),
    documentDate: t.string({ description: 'A day, such as 2025-10-09.' }),
    trash: t.boolean(),
    restore: t.boolean({ description: 'Out of the trash; the search then looks there.' }),
  }),
})
const BulkUpdateDocumentsInput = builder.inputType('BulkUpdateDocumentsInput', {
  description: 'Of exactly these ids, or of everything that search and filter find.',
  fields: (t) => ({
    ids: t.idList({ description: 'At most 1,000.' }),
    search: t.string({ description: 'As `documents` takes it; one with a problem changes nothing.' }),
    filter: t.field({ type: DocumentFilterInput }),
    change: t.field({ type: BulkChangeInput, required: true }),
  }),
})
const UndoBulkUpdateInput = builder.inputType('UndoBulkUpdateInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})

const bulkPayload = (name: string) =>
  builder.objectRef<{ bulkUpdate: BulkUpdate }>(name).implement({
    fields: (t) => ({ bulkUpdate: t.field({ type: BulkUpdateRef, resolve: (payload) => payload.bulkUpdate }) }),
  })
const BulkUpdateDocumentsSuccess = bulkPayload('BulkUpdateDocumentsSuccess')
const UndoBulkUpdateSuccess = bulkPayload('UndoBulkUpdateSuccess')

builder.mutationFields((t) => ({
  bulkUpdateDocuments: t.withAuth({ scope: 'documents:write' }).field({
    type: BulkUpdateDocumentsSuccess,
    description: 'Changes many documents by a job; `bulkUpdate` tells how far it is, undoBulkUpdate takes it back.',
    args: { input: t.arg({ type: BulkUpdateDocumentsInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: async (_root, { input }, context) => {
      const { categoryId, trash, restore, addTopics, removeTopics, ...rest } = input.change
      const bulkUpdate = await context.usecases.bulkUpdateDocuments(
        {
          ids: input.ids?.map((id) => fromGlobalId('Document', id)),
          search: input.search,
          filter: toFilter(input.filter),
          change: {
            ...rest,
            ...(categoryId !== undefined && {
              categoryId: categoryId === null ? null : requireGlobalId('Category', 'categoryId', categoryId),
            }),
            addTopics: addTopics ?? [],
            removeTopics: removeTopics ?? [],
            trash: trash ?? false,
            restore: restore ?? false,
          },
        },
        actorIn(context),
      )
      return { bulkUpdate }
    },
  }),
  undoBulkUpdate: t.withAuth({ scope: 'documents:write' }).field({
    type: UndoBulkUpdateSuccess,
    description: 'Takes a change back, where nobody changed the same since.',
    args: { input: t.arg({ type: UndoBulkUpdateInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, context) => ({
      bulkUpdate: await context.usecases.undoBulkUpdate(fromGlobalId('BulkUpdate', input.id), actorIn(context)),
    }),
  }),
}))
