import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, requireGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document } from '../../prisma/client/client.ts'
import { actorIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'
import { InTrashError, NotAllowedError } from './document.errors.ts'
import { DocumentRef } from './document.graph.ts'

const DocumentLevelEnum = builder.enumType('DocumentLevel', {
  values: {
    VIEW: { description: 'See and download.' },
    EDIT: { description: 'Also change what is said of it, and its file.' },
    OWN: { description: 'Also share it, and throw it away.' },
  } as const,
})

builder.objectFields(DocumentRef, (t) => ({
  notes: t.exposeString('notes', { description: 'Empty without any.' }),
  language: t.exposeString('language', { nullable: true, description: 'A code of ISO 639.' }),
  documentDate: t.string({
    nullable: true,
    description: 'The day the document itself names, such as 2025-10-09.',
    resolve: ({ documentDate }) => documentDate?.toISOString().slice(0, 10) ?? null,
  }),
  level: t.field({
    type: DocumentLevelEnum,
    description: 'What you may do with it.',
    resolve: async (document, _args, { loaders }) => (await loaders.level.load(document)) ?? 'VIEW',
  }),
}))

const UpdateDocumentInput = builder.inputType('UpdateDocumentInput', {
  description: 'What is left out stays as it is; null clears.',
  fields: (t) => ({
    id: t.id({ required: true }),
    title: t.string(),
    notes: t.string({ description: 'At most 20,000 characters.' }),
    language: t.string({ description: 'A code of ISO 639, such as "en".' }),
    documentDate: t.string({ description: 'A day, such as 2025-10-09.' }),
    categoryId: t.id({ description: 'A category of the document’s owner.' }),
    topics: t.stringList({ description: 'Names; these and no others. New ones are made.' }),
  }),
})

const UpdateDocumentSuccess = builder.objectRef<{ document: Document }>('UpdateDocumentSuccess').implement({
  fields: (t) => ({ document: t.field({ type: DocumentRef, resolve: (payload) => payload.document }) }),
})

builder.mutationField('updateDocument', (t) =>
  t.withAuth({ scope: 'documents:write' }).field({
    type: UpdateDocumentSuccess,
    description: 'Changes what is said of a document. Search knows it at once.',
    args: { input: t.arg({ type: UpdateDocumentInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError, NotAllowedError, InTrashError] },
    resolve: async (_root, { input: { id, categoryId, ...change } }, context) => ({
      document: await context.usecases.updateDocument(
        fromGlobalId('Document', id),
        {
          ...change,
          ...(categoryId !== undefined && {
            categoryId: categoryId === null ? null : requireGlobalId('Category', 'categoryId', categoryId),
          }),
        },
        actorIn(context),
      ),
    }),
  }),
)
