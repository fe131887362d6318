import { DocumentRef } from '../documents/document.graph.ts'
import { builder } from '../graph/builder.ts'
import { MAX_DUPLICATES } from './find-duplicates.ts'

builder.objectFields(DocumentRef, (t) => ({
  duplicates: t.field({
    type: [DocumentRef],
    description: `Other documents of yours with the very same bytes, newest first, at most ${MAX_DUPLICATES}; those in the trash too. None of a document that somebody else owns.`,
    resolve: (document, _args, { loaders, viewer }) =>
      viewer?.userId === document.ownerId ? loaders.duplicates.load(document.id) : [],
  }),
}))
