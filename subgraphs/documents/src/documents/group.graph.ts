import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'
import { accessOf } from './access.ts'
import { DocumentConnection } from './document.graph.ts'

/** A group, owned by identity: here what is shared with it. */
export const GroupRef = builder.externalRef('Group', builder.selection<{ id: string }>('id'), (reference) => reference)

GroupRef.implement({
  externalFields: (t) => ({ id: t.id() }),
  fields: (t) => ({
    sharedDocuments: t.field({
      type: DocumentConnection,
      // Another service's field: when that service is away, the rest of the group is still told.
      nullable: true,
      authScopes: { scope: 'documents:read' },
      description: 'What is shared with the group, for its members.',
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (group, args, { usecases, viewer }) => {
        const groupId = fromGlobalId('Group', group.id)
        const access = viewer && accessOf(viewer)
        if (!groupId || !access?.principals.includes(`g:${groupId}`)) throw forbidden()
        return usecases.listDocuments(access, { ...args, principal: `g:${groupId}` })
      },
    }),
  }),
})
