import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import type { DocumentPage } from '../search/search-documents.ts'
import { ALLOWED_TYPES } from './file-types.ts'
import { UserRef } from './user.graph.ts'

const DocumentStatusEnum = builder.enumType('DocumentStatus', {
  values: {
    UPLOADING: { description: 'Announced; its bytes are not complete yet.' },
    PROCESSING: { description: 'Complete and kept; its text is being read.' },
    READY: { description: 'Kept and findable.' },
    FAILED: { description: 'Kept and downloadable, but its text could not be read; `failure` says why.' },
  } as const,
})

const IngestStepEnum = builder.enumType('IngestStep', { values: ['TEXT', 'INDEX'] as const })

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
      resolve: (document, _args, { grants, viewer }) =>
        viewer
          ? grants.mint({
              subject: `Document:${document.id}`,
              userId: viewer.userId,
              level: 'OWN',
              facts: document.blobId ? { blobId: document.blobId } : {},
            })
          : '',
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
    totalCount: t.int({ description: 'How many there are over all pages.', resolve: (page) => page.totalCount() }),
    edges: t.field({ type: [DocumentEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: PageInfoRef, resolve: (page) => page.pageInfo }),
  }),
})

const DocumentLimits = builder.objectRef<{ maxFileSize: number }>('DocumentLimits').implement({
  description: 'What this vault takes in.',
  fields: (t) => ({
    maxFileSize: t.expose('maxFileSize', { type: 'ByteCount' }),
    allowedTypes: t.stringList({ description: 'Media types.', resolve: () => [...ALLOWED_TYPES] }),
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
    description: 'Your documents: newest first by `createdAt`, or, with a search, best match first.',
    args: {
      first: t.arg.int({ description: '1 to 100; 20 without it.' }),
      after: t.arg.string(),
      search: t.arg.string({
        description:
          'Words that must all occur; `"exact words"`, `-without`, `this or that`. The last word may be a beginning.',
      }),
    },
    resolve: (_root, args, { usecases, viewer }) => usecases.listDocuments(viewer.userId, args),
  }),
  documentLimits: t
    .withAuth({ signedIn: true })
    .field({ type: DocumentLimits, resolve: (_root, _args, { limits }) => limits }),
}))
