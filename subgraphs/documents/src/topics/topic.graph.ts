import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import type { Topic } from '../../prisma/client/client.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import type { TopicOfDocument } from '../documents/document-loaders.ts'
import { builder } from '../graph/builder.ts'
import { TopicRef } from './topic-ref.graph.ts'
import { CategoryRef } from '../categories/category.graph.ts'

const ProvenanceEnum = builder.enumType('TopicProvenance', {
  values: { PERSON: {}, AI: { description: 'Suggested by an AI and accepted by a person.' } } as const,
})

const DocumentTopicRef = builder.objectRef<TopicOfDocument>('DocumentTopic').implement({
  description: 'A topic of a document, and where it comes from.',
  fields: (t) => ({
    topic: t.field({ type: TopicRef, resolve: ({ topic }) => topic }),
    provenance: t.field({ type: ProvenanceEnum, resolve: ({ provenance }) => provenance }),
    addedAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt }),
  }),
})

builder.objectFields(DocumentRef, (t) => ({
  category: t.field({
    type: CategoryRef,
    nullable: true,
    resolve: ({ categoryId }, _args, { loaders }) => (categoryId ? loaders.category.load(categoryId) : null),
  }),
  topics: t.field({
    type: [DocumentTopicRef],
    description: 'By name.',
    resolve: ({ id }, _args, { loaders }) => loaders.topics.load(id),
  }),
}))

type TopicPage = Page<Topic> & { total: () => Promise<number> }

const TopicEdge = builder.objectRef<TopicPage['edges'][number]>('TopicEdge').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.field({ type: TopicRef, resolve: (edge) => edge.node }),
  }),
})

const TopicConnection = builder.objectRef<TopicPage>('TopicConnection').implement({
  fields: (t) => ({
    totalCount: t.int({ resolve: (page) => page.total() }),
    edges: t.field({ type: [TopicEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (page) => page.pageInfo }),
  }),
})

builder.queryField('topics', (t) =>
  t.withAuth({ scope: 'documents:read' }).field({
    type: TopicConnection,
    description: 'Yours, by name.',
    args: {
      first: t.arg.int({ description: '1 to 100; 20 without it.' }),
      after: t.arg.string(),
      beginning: t.arg.string({ description: 'Only those whose name begins so, whatever case and accents.' }),
    },
    resolve: async (_root, { first, after, beginning }, { db, viewer }) => {
      const size = pageSize(first)
      const [name, id] = after ? decodeCursor(after, ['string', 'string']) : []
      const ownerId = viewer.userId
      const [{ folded: begins } = { folded: '' }] = await db.$queryRaw<{ folded: string }[]>`
        SELECT public.fold(${(beginning ?? '').slice(0, 100).replaceAll('\0', '')}) AS folded`
      const where = { ownerId, ...(begins && { folded: { startsWith: begins } }) }
      const rows = await db.topic.findMany({
        where: {
          ...where,
          ...(after && { OR: [{ folded: { gt: String(name) } }, { folded: String(name), id: { gt: String(id) } }] }),
        },
        orderBy: [{ folded: 'asc' }, { id: 'asc' }],
        take: size + 1,
      })
      const page = toPage(rows, size, (topic) => encodeCursor([topic.folded, topic.id]), after)
      return { ...page, total: () => db.topic.count({ where }) }
    },
  }),
)
