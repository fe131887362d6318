import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import { mapEvents, SKIP } from '@archivolt/kit/graph/iterator'
import { builder } from '../graph/builder.ts'
import { accessOf, visibleTo } from './access.ts'
import { documentChannel } from './document-events.ts'
import { DocumentRef } from './document.graph.ts'
import { mergeEvents } from './merge-events.ts'

/** What an id that is none is watched as: nothing ever happens to it, as to a stranger's document. */
const NO_DOCUMENT = 'none'

interface Change {
  documentId: string | null
}

const DocumentChange = builder.objectRef<Change>('DocumentChange').implement({
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: 'Which document changed; null when events were missed.',
      resolve: (change) => (change.documentId ? toGlobalId('Document', change.documentId) : null),
    }),
    document: t.field({
      type: DocumentRef,
      nullable: true,
      description:
        'As it is now. Null when it is gone or not yours, and when events were missed: then read the list again.',
      // Read at each event and past any cache: what was seen when the stream began is not what is true now.
      resolve: (change, _args, { db, viewer }) =>
        change.documentId && viewer
          ? db.document.findFirst({ where: { id: change.documentId, AND: [visibleTo(accessOf(viewer))] } })
          : null,
    }),
  }),
})

builder.subscriptionField('documentChanged', (t) =>
  t.withAuth({ scope: 'documents:read' }).field({
    type: DocumentChange,
    description: 'Changes of documents that you may see, or of one, whose present state comes at once.',
    args: { id: t.arg.id() },
    subscribe: async (_root, { id }, { pubsub, viewer }) => {
      const only = id ? (fromGlobalId('Document', id) ?? NO_DOCUMENT) : null
      const channels = accessOf(viewer).principals.map((principal) => pubsub.subscribe(documentChannel(principal)))
      const events = mergeEvents(await Promise.all(channels))
      return mapEvents<typeof events extends AsyncIterable<infer Event> ? Event : never, Change>(
        events,
        (event) => {
          if (event.kind === 'gap') return { documentId: only === NO_DOCUMENT ? null : only }
          return only === null || event.message === only ? { documentId: event.message } : SKIP
        },
        only === null ? [] : [{ documentId: only === NO_DOCUMENT ? null : only }],
      )
    },
    resolve: (change) => change,
  }),
)
