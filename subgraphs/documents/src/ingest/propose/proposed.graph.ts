import type { Document } from '../../../prisma/client/client.ts'
import { DocumentRef } from '../../documents/document.graph.ts'
import { builder } from '../../graph/builder.ts'
import type { Facts } from '../facts.ts'

const ProposedRef = builder.objectRef<{ document: Document; facts: Facts }>('ProposedFacts').implement({
  description: 'What the content of a document suggests. Nothing of it is applied by itself.',
  fields: (t) => ({
    title: t.string({
      nullable: true,
      description: 'What the file calls itself, else its first line; null when the document is called that already.',
      resolve: ({ document, facts }) => (facts.proposedTitle === document.title ? null : facts.proposedTitle),
    }),
    language: t.string({
      nullable: true,
      description: 'ISO 639-1 where there is such a code, else 639-3.',
      resolve: ({ facts }) => facts.language,
    }),
    dates: t.stringList({
      description: 'Days that stand in the name and at the beginning of the text, as `2025-03-17`, at most five.',
      resolve: ({ facts }) => facts.proposedDates.map((date) => date.toISOString().slice(0, 10)),
    }),
  }),
})

builder.objectFields(DocumentRef, (t) => ({
  pageCount: t.int({
    nullable: true,
    description: 'Pages, slides or sheets; null while they are not counted, and for files without them.',
    resolve: async (document, _args, { loaders }) => (await loaders.facts.load(document.id))?.pageCount ?? null,
  }),
  proposed: t.field({
    type: ProposedRef,
    nullable: true,
    description: 'Null while the content has not been read.',
    resolve: async (document, _args, { loaders }) => {
      const facts = await loaders.facts.load(document.id)
      return facts ? { document, facts } : null
    },
  }),
}))
