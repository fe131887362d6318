import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document } from '../../prisma/client/client.ts'
import { NotAllowedError } from '../documents/document.errors.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { actorIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'

const DAY_MS = 86_400_000

builder.objectFields(DocumentRef, (t) => ({
  trashedAt: t.expose('trashedAt', { type: 'DateTime', nullable: true, description: 'Null outside of the trash.' }),
  purgeAfter: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When the trash lets go of it for good; null outside of the trash.',
    resolve: ({ trashedAt }, _args, { trashDays }) => trashedAt && new Date(trashedAt.getTime() + trashDays * DAY_MS),
  }),
}))

const input = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({ ids: t.idList({ required: true, description: 'At most 100; all are changed, or none.' }) }),
  })
const TrashDocumentsInput = input('TrashDocumentsInput')
const RestoreDocumentsInput = input('RestoreDocumentsInput')
const PurgeDocumentsInput = input('PurgeDocumentsInput')

const documentsPayload = (name: string) =>
  builder.objectRef<{ documents: Document[] }>(name).implement({
    fields: (t) => ({ documents: t.field({ type: [DocumentRef], resolve: (payload) => payload.documents }) }),
  })
const TrashDocumentsSuccess = documentsPayload('TrashDocumentsSuccess')
const RestoreDocumentsSuccess = documentsPayload('RestoreDocumentsSuccess')
const PurgeDocumentsSuccess = builder.objectRef<{ ids: string[] }>('PurgeDocumentsSuccess').implement({
  fields: (t) => ({ ids: t.exposeIDList('ids') }),
})

const rowIds = (ids: readonly string[]) => ids.map((id) => fromGlobalId('Document', id))
const errors = { types: [InvalidInputError, NotFoundError, NotAllowedError] }

builder.mutationFields((t) => ({
  trashDocuments: t.withAuth({ scope: 'documents:write' }).field({
    type: TrashDocumentsSuccess,
    description: 'Nobody else sees them any more, and no search finds them. They can be restored for some weeks.',
    args: { input: t.arg({ type: TrashDocumentsInput, required: true }) },
    errors,
    resolve: async (_root, { input: { ids } }, context) => ({
      documents: await context.usecases.trashDocuments(rowIds(ids), actorIn(context)),
    }),
  }),
  restoreDocuments: t.withAuth({ scope: 'documents:write' }).field({
    type: RestoreDocumentsSuccess,
    description: 'As they were, with their shares and links.',
    args: { input: t.arg({ type: RestoreDocumentsInput, required: true }) },
    errors,
    resolve: async (_root, { input: { ids } }, context) => ({
      documents: await context.usecases.restoreDocuments(rowIds(ids), actorIn(context)),
    }),
  }),
  purgeDocuments: t.withAuth({ scope: 'documents:write' }).field({
    type: PurgeDocumentsSuccess,
    description: 'Deletes documents in the trash for good, with all their files.',
    args: { input: t.arg({ type: PurgeDocumentsInput, required: true }) },
    errors,
    resolve: async (_root, { input: { ids } }, context) => {
      const purged = await context.usecases.purgeDocuments(rowIds(ids), actorIn(context))
      return { ids: purged.map((id) => toGlobalId('Document', id)) }
    },
  }),
}))
