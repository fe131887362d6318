import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { accessOf } from '../documents/access.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { builder } from '../graph/builder.ts'
import { similarIds } from './similar.ts'

const MOST = 20

builder.objectFields(DocumentRef, (t) => ({
  similar: t.field({
    type: [DocumentRef],
    description: 'Documents you may see that say much of what this one says, most alike first.',
    args: { first: t.arg.int({ defaultValue: 5, description: '1 to 20.' }) },
    resolve: async (document, { first }, { db, viewer, loaders }) => {
      const most = first ?? 5
      if (most < 1 || most > MOST) throw new InvalidInputError('first', `1 to ${MOST}.`)
      if (!viewer) return []
      const ids = await similarIds(db, document.id, accessOf(viewer), most)
      const documents = await loaders.document.loadMany(ids)
      return documents.flatMap((each) => (each === null || each instanceof Error ? [] : [each]))
    },
  }),
}))
