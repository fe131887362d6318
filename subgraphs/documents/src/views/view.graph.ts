import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, requireGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { SavedView } from '../../prisma/client/client.ts'
import { DocumentOrderEnum } from '../documents/list-args.graph.ts'
import { builder } from '../graph/builder.ts'
import type { Order } from '../search/order.ts'

const SavedViewRef = builder.prismaObject('SavedView', {
  description: 'A search that is kept under a name.',
  fields: (t) => ({
    id: t.id({ resolve: (view) => toGlobalId('SavedView', view.id) }),
    name: t.exposeString('name'),
    search: t.exposeString('search'),
    orderBy: t.field({ type: DocumentOrderEnum, resolve: (view) => view.orderBy as Order }),
    icon: t.exposeString('icon', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.queryField('savedViews', (t) =>
  t.withAuth({ scope: 'documents:read' }).field({
    type: [SavedViewRef],
    description: 'Yours, by name, at most 200.',
    resolve: (_root, _args, { db, viewer }) =>
      db.savedView.findMany({ where: { ownerId: viewer.userId }, orderBy: { folded: 'asc' }, take: 200 }),
  }),
)

const SaveViewInput = builder.inputType('SaveViewInput', {
  fields: (t) => ({
    id: t.id({ description: 'The view to change; without it the one of this name, or a new one.' }),
    name: t.string({ required: true }),
    search: t.string({ required: true, description: 'As `documents` takes it.' }),
    orderBy: t.field({ type: DocumentOrderEnum }),
    icon: t.string(),
  }),
})
const DeleteViewInput = builder.inputType('DeleteViewInput', { fields: (t) => ({ id: t.id({ required: true }) }) })
const SaveViewSuccess = builder.objectRef<{ view: SavedView }>('SaveViewSuccess').implement({
  fields: (t) => ({ view: t.field({ type: SavedViewRef, resolve: (payload) => payload.view }) }),
})
const DeleteViewSuccess = builder.objectRef<{ id: string }>('DeleteViewSuccess').implement({
  fields: (t) => ({ id: t.exposeID('id') }),
})

builder.mutationFields((t) => ({
  saveView: t.withAuth({ scope: 'documents:write' }).field({
    type: SaveViewSuccess,
    args: { input: t.arg({ type: SaveViewInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: async (_root, { input: { id, orderBy, ...input } }, { usecases, viewer }) => ({
      view: await usecases.saveView(viewer.userId, {
        ...input,
        id: id && requireGlobalId('SavedView', 'id', id),
        orderBy: orderBy ?? 'RELEVANCE',
      }),
    }),
  }),
  deleteView: t.withAuth({ scope: 'documents:write' }).field({
    type: DeleteViewSuccess,
    args: { input: t.arg({ type: DeleteViewInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, { usecases, viewer }) => {
      await usecases.deleteView(viewer.userId, fromGlobalId('SavedView', input.id))
      return { id: input.id }
    },
  }),
}))
