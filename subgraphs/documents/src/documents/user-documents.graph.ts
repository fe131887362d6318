import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { DocumentConnection } from './document.graph.ts'
import { UserRef } from './user.graph.ts'

UserRef.implement({
  externalFields: (t) => ({ id: t.id() }),
  fields: (t) => ({
    documents: t.field({
      type: DocumentConnection,
      authScopes: { scope: 'documents:read' },
      description: 'Only ever your own.',
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (user, args, { usecases, viewer }) => {
        const userId = fromGlobalId('User', user.id)
        if (!userId || userId !== viewer?.userId) throw forbidden()
        return usecases.listDocuments(userId, args)
      },
    }),
  }),
})
