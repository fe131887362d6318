import { NotFoundError, RateLimitedError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Suggestion } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { AiFailedError } from '../providers/provider.errors.ts'

const SuggestionStateEnum = builder.enumType('SuggestionState', {
  values: ['PROPOSED', 'ACCEPTED', 'REJECTED'] as const,
})

const SuggestionRef = builder.prismaObject('Suggestion', {
  description: 'A topic that an AI proposed for a document: to accept or reject, never a silent change.',
  fields: (t) => ({
    id: t.id({ resolve: (suggestion) => toGlobalId('Suggestion', suggestion.id) }),
    topic: t.exposeString('topic'),
    known: t.exposeBoolean('known', { description: 'Whether it is a topic that the person already uses.' }),
    state: t.field({ type: SuggestionStateEnum, resolve: (suggestion) => suggestion.state }),
    provider: t.exposeString('provider'),
    model: t.exposeString('model'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

interface DocumentKey {
  id: string
  access?: string
}

const DocumentRef = builder.externalRef(
  'Document',
  builder.selection<{ id: string }>('id'),
  (reference) => reference as DocumentKey,
)

DocumentRef.implement({
  externalFields: (t) => ({ id: t.id(), access: t.string() }),
  fields: (t) => ({
    suggestions: t.field({
      type: [SuggestionRef],
      nullable: true,
      description:
        'Topics that an AI proposed, those already in use first. Rejected ones are left out. Null while this service is away.',
      requires: builder.selection<{ access: string }>('access'),
      authScopes: { public: true },
      resolve: async (document, _args, { viewer, grants, loaders }) => {
        const documentId = fromGlobalId('Document', document.id)
        const grant = documentId && grants.check(document.access, `Document:${documentId}`, viewer?.userId)
        const found = grant ? await loaders.suggestions.load(documentId) : null
        return found?.suggestions ?? []
      },
    }),
  }),
})

const SuggestTopicsInput = builder.inputType('SuggestTopicsInput', {
  fields: (t) => ({ documentId: t.id({ required: true }) }),
})

const SuggestTopicsSuccess = builder.objectRef<{ suggestions: Suggestion[] }>('SuggestTopicsSuccess').implement({
  fields: (t) => ({
    suggestions: t.field({
      type: [SuggestionRef],
      description: 'All suggestions of the document, as Document.suggestions shows them.',
      resolve: ({ suggestions }) => suggestions,
    }),
  }),
})

builder.mutationField('suggestTopics', (t) =>
  t.withAuth({ signedIn: true }).field({
    type: SuggestTopicsSuccess,
    description: 'Asks the AI for topics of a document. The beginning of its text is sent to the provider.',
    args: { input: t.arg({ type: SuggestTopicsInput, required: true }) },
    errors: { types: [NotFoundError, AiFailedError, RateLimitedError, UnavailableError] },
    resolve: async (_root, { input }, { viewer, identity, usecases }) => {
      const caller = { viewer, requestId: identity.requestId, client: identity.client }
      return { suggestions: await usecases.suggestTopics(input.documentId, caller) }
    },
  }),
)
