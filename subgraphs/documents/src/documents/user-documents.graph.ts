import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { DocumentConnection } from './document.graph.ts'
import { UserRef } from './user.graph.ts'

UserRef.implement({
  externalFields: (t) => ({ id: t.id() }),
  fields: (t) => ({
    documents: t.field({
      type: DocumentConnection,
      // Another service's field: when that service is away, the rest of the person is still told.
      nullable: true,
      authScopes: { scope: 'documents:read' },
      description: 'Only ever your own.',
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (user, args, { usecases, viewer }) => {
        const userId = fromGlobalId('User', user.id)
        if (!userId || userId !== viewer?.userId) throw forbidden()
        // Without principals there is nothing but one's own.
        return usecases.listDocuments({ userId, principals: [] }, args)
      },
    }),
  }),
})
