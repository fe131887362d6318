import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { IngestStepEnum } from '../ingest/ingest-step.graph.ts'
import type { DocumentPage } from '../search/search-documents.ts'
import { DocumentFacets, SearchInfo } from '../search/search.graph.ts'
import { accessOf } from './access.ts'
import { DocumentFilterInput, DocumentOrderEnum, toFilter } from './list-args.graph.ts'
import { UserRef } from './user.graph.ts'

const DocumentStatusEnum = builder.enumType('DocumentStatus', {
  values: {
    UPLOADING: { description: 'Announced; its bytes are not complete yet.' },
    PROCESSING: { description: 'Complete and kept; its text is being read.' },
    READY: { description: 'Kept and findable.' },
    FAILED: { description: 'Kept and downloadable, but its text could not be read; `failure` says why.' },
  } as const,
})

export const DocumentRef = builder.prismaObject('Document', {
  fields: (t) => ({
    id: t.id({ resolve: (document) => toGlobalId('Document', document.id) }),
    title: t.exposeString('title'),
    filename: t.exposeString('filename'),
    status: t.field({ type: DocumentStatusEnum, resolve: (document) => document.status }),
    step: t.field({
      type: IngestStepEnum,
      nullable: true,
      description: 'The step that is under way, or that failed.',
      resolve: (document) => document.step,
    }),
    failure: t.exposeString('failure', { nullable: true, description: 'Why processing failed, in one sentence.' }),
    owner: t.field({ type: UserRef, resolve: (document) => ({ id: toGlobalId('User', document.ownerId) }) }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    snippet: t.string({
      nullable: true,
      description:
        'The passage that matches the search, as HTML-escaped text with the matches in `<mark>`; null without one.',
      resolve: (document) => (document as Document & { snippet?: string | null }).snippet ?? null,
    }),
    access: t.string({
      inaccessible: true,
      description: 'What tells the other services that this person may see this document.',
      resolve: async (document, _args, { grants, viewer, loaders }) => {
        const level = await loaders.level.load(document)
        if (!viewer || !level) return ''
        return grants.mint({
          subject: `Document:${document.id}`,
          userId: viewer.userId,
          level,
          facts: document.blobId ? { blobId: document.blobId } : {},
        })
      },
    }),
  }),
})

builder.asEntity(DocumentRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: ({ id }, { loaders }) => {
    const documentId = fromGlobalId('Document', id)
    return documentId ? loaders.document.load(documentId) : null
  },
})

const PageInfoRef = builder.pageInfoRef()

const DocumentEdge = builder.objectRef<DocumentPage['edges'][number]>('DocumentEdge').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.field({ type: DocumentRef, resolve: (edge) => edge.node }),
  }),
})

export const DocumentConnection = builder.objectRef<DocumentPage>('DocumentConnection').implement({
  fields: (t) => ({
    totalCount: t.int({
      description: 'How many there are over all pages; see `totalCountIsExact`.',
      resolve: async (page) => (await page.total()).count,
    }),
    totalCountIsExact: t.boolean({
      description: 'False where there are more than `totalCount`: a search counts no further than 10,000.',
      resolve: async (page) => (await page.total()).exact,
    }),
    search: t.field({ type: SearchInfo, resolve: (page) => page }),
    facets: t.field({
      type: DocumentFacets,
      description: 'How what is found spreads, counted over the first 10,000 of it.',
      resolve: (page) => page.facets(),
    }),
    edges: t.field({ type: [DocumentEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: PageInfoRef, resolve: (page) => page.pageInfo }),
  }),
})

builder.queryFields((t) => ({
  document: t.withAuth({ scope: 'documents:read' }).field({
    type: DocumentRef,
    nullable: true,
    description: 'Null when it does not exist, or not for you.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { loaders }) => {
      const documentId = fromGlobalId('Document', id)
      return documentId ? loaders.document.load(documentId) : null
    },
  }),
  documents: t.withAuth({ scope: 'documents:read' }).field({
    type: DocumentConnection,
    description:
      'What you may see, your own and what is shared with you: newest first, or, with words to search for, best match first.',
    args: {
      first: t.arg.int({ description: '1 to 100; 20 without it.' }),
      after: t.arg.string({ description: 'A cursor of a list with the same search, filter and order.' }),
      search: t.arg.string({
        description:
          'Words that must all occur, `"exact words"`, `-without`, `this or that`, and filters: `category:invoices topic:tax date:>2025 type:pdf owner:me is:shared size:>5mb language:de title:word`. The last word may be a beginning.',
      }),
      filter: t.arg({ type: DocumentFilterInput }),
      orderBy: t.arg({ type: DocumentOrderEnum }),
    },
    resolve: (_root, { filter, ...args }, { usecases, viewer }) =>
      usecases.listDocuments(accessOf(viewer), { ...args, filter: toFilter(filter) }),
  }),
}))
