import { ObjectChangedError } from '@archivolt/kit/objects/object-store'
import { DomainError, InvalidInputError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { actorIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'
import type { DocumentLimits } from './limits.ts'

builder.objectType(ObjectChangedError, { name: 'LimitsChangedError', interfaces: [DomainError] })

const DocumentLimitsRef = builder.objectRef<DocumentLimits>('DocumentLimits').implement({
  description: 'What this vault takes in.',
  fields: (t) => ({
    maxFileSize: t.expose('maxFileSize', { type: 'ByteCount' }),
    maxPdfSize: t.expose('maxPdfSize', { type: 'ByteCount' }),
    allowedTypes: t.stringList({ description: 'Media types.', resolve: ({ allowedTypes }) => [...allowedTypes] }),
  }),
})

builder.queryField('documentLimits', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: DocumentLimitsRef,
    resolve: (_root, _args, { usecases }) => usecases.documentLimits(),
  }),
)

const UpdateDocumentLimitsInput = builder.inputType('UpdateDocumentLimitsInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    maxFileSize: t.field({ type: 'ByteCount' }),
    maxPdfSize: t.field({ type: 'ByteCount' }),
    allowedTypes: t.stringList({ description: 'Media types out of those the vault knows.' }),
  }),
})
const UpdateDocumentLimitsSuccess = builder
  .objectRef<{ documentLimits: DocumentLimits }>('UpdateDocumentLimitsSuccess')
  .implement({
    fields: (t) => ({
      documentLimits: t.field({ type: DocumentLimitsRef, resolve: (payload) => payload.documentLimits }),
    }),
  })

builder.mutationField('updateDocumentLimits', (t) =>
  t.withAuth({ serviceAdmin: 'documents' }).field({
    type: UpdateDocumentLimitsSuccess,
    description: 'For administrators and members of documents-admin. What is in the vault stays.',
    args: { input: t.arg({ type: UpdateDocumentLimitsInput, required: true }) },
    errors: { types: [InvalidInputError, ObjectChangedError, UnavailableError] },
    resolve: async (_root, { input }, context) => {
      const { maxFileSize, maxPdfSize, allowedTypes } = input
      const change = {
        ...(typeof maxFileSize === 'number' && { maxFileSize }),
        ...(typeof maxPdfSize === 'number' && { maxPdfSize }),
        ...(allowedTypes && { allowedTypes }),
      }
      return { documentLimits: await context.usecases.updateDocumentLimits(change, actorIn(context)) }
    },
  }),
)
