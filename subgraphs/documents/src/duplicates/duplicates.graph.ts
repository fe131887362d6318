import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { DocumentRef } from '../documents/document.graph.ts'
import { builder } from '../graph/builder.ts'
import { findByHash, MAX_DUPLICATES, MAX_HASHES } from './find-duplicates.ts'

builder.objectFields(DocumentRef, (t) => ({
  duplicates: t.field({
    type: [DocumentRef],
    description: `Other documents of yours with the very same bytes, newest first, at most ${MAX_DUPLICATES}; those in the trash too. None of a document that somebody else owns.`,
    resolve: (document, _args, { loaders, viewer }) =>
      viewer?.userId === document.ownerId ? loaders.duplicates.load(document.id) : [],
  }),
}))

builder.queryFields((t) => ({
  documentsByHash: t.withAuth({ scope: 'documents:read' }).field({
    type: [DocumentRef],
    description: `Your documents with these bytes, those in the trash too: to know before an upload what is there already. At most ${MAX_DUPLICATES} of each.`,
    args: {
      sha256: t.arg.stringList({
        required: true,
        description: `In hexadecimal, at most ${MAX_HASHES}.`,
      }),
    },
    resolve: (_root, { sha256 }, { db, viewer }) => {
      if (sha256.length > MAX_HASHES) throw new InvalidInputError('sha256', `At most ${MAX_HASHES} hashes.`)
      return findByHash(db, viewer.userId, sha256)
    },
  }),
}))
