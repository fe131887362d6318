import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Preview } from '../../prisma/client/client.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { builder } from '../graph/builder.ts'

export const PreviewRef = builder.objectRef<Preview>('Preview').implement({
  description: 'A picture of a page, as WebP. Storage gives its bytes by `file`.',
  fields: (t) => ({
    id: t.id({ resolve: (preview) => toGlobalId('Preview', preview.id) }),
    page: t.int({ description: 'From 1.', resolve: (preview) => Math.max(1, preview.page) }),
    width: t.exposeInt('width', { description: 'Pixels.' }),
    height: t.exposeInt('height', { description: 'Pixels.' }),
    access: t.string({
      inaccessible: true,
      description: 'What tells storage that this person may see this picture.',
      resolve: (preview, _args, { grants, viewer }) =>
        viewer
          ? grants.mint({
              subject: `Preview:${preview.id}`,
              userId: viewer.userId,
              level: 'VIEW',
              facts: { blobId: preview.blobId },
            })
          : '',
    }),
  }),
})

builder.asEntity(PreviewRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: async ({ id }, { loaders }) => {
    const previewId = fromGlobalId('Preview', id)
    const preview = previewId ? await loaders.preview.load(previewId) : null
    // Whoever may not see the document may not see its pictures.
    return preview && (await loaders.document.load(preview.documentId)) ? preview : null
  },
})

const PageInfoRef = builder.pageInfoRef()
type PreviewPage = Page<Preview>

const PreviewEdge = builder.objectRef<PreviewPage['edges'][number]>('PreviewEdge').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.field({ type: PreviewRef, resolve: (edge) => edge.node }),
  }),
})

const PreviewConnection = builder.objectRef<PreviewPage>('PreviewConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [PreviewEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: PageInfoRef, resolve: (page) => page.pageInfo }),
  }),
})

builder.objectFields(DocumentRef, (t) => ({
  thumbnail: t.field({
    type: PreviewRef,
    nullable: true,
    description: 'The first page, small; null while it is not drawn, and for files that have no pages to draw.',
    resolve: (document, _args, { loaders }) => loaders.thumbnail.load(document.id),
  }),
  pages: t.field({
    type: PreviewConnection,
    description: 'Pictures of the first pages.',
    args: { first: t.arg.int({ description: '1 to 100; 20 without it.' }), after: t.arg.string() },
    resolve: async (document, args, { db }) => {
      const size = pageSize(args.first)
      const after = args.after ? Number(decodeCursor(args.after, ['number'])[0]) : 0
      const rows = await db.preview.findMany({
        where: { documentId: document.id, page: { gt: Math.max(0, after) } },
        orderBy: { page: 'asc' },
        take: size + 1,
      })
      return toPage(rows, size, (row) => encodeCursor([row.page]), args.after)
    },
  }),
}))
