import { builder } from '../graph/builder.ts'
import type { DocumentFilter } from '../search/resolve-search.ts'
import { requireGlobalId } from '@archivolt/kit/graph/global-id'
import type { Order } from '../search/order.ts'

export const DocumentOrderEnum = builder.enumType('DocumentOrder', {
  description: 'RELEVANCE, in which a search comes, is NEWEST where no words are searched.',
  values: {
    RELEVANCE: { description: 'Best match first.' },
    NEWEST: { description: 'Last arrived first.' },
    OLDEST: { description: 'First arrived first.' },
    DATE_NEWEST: { description: 'By the date of the document, or of its arrival without one; newest first.' },
    DATE_OLDEST: { description: 'By the date of the document, oldest first.' },
    TITLE: { description: 'By title, whatever case and accents.' },
    LARGEST: { description: 'Largest file first.' },
  } as const satisfies Record<Order, object>,
})

const OwnershipEnum = builder.enumType('DocumentOwnership', {
  values: { MINE: {}, OTHERS: { description: 'Shared with you.' } } as const,
})

export const DocumentFilterInput = builder.inputType('DocumentFilter', {
  description: 'What also the text of a search can say; both together must hold.',
  fields: (t) => ({
    categoryId: t.id({ description: 'And whatever lies in that category.' }),
    topicIds: t.idList({ description: 'All of them.' }),
    contentTypes: t.stringList({ description: 'Any of these media types.' }),
    ownership: t.field({ type: OwnershipEnum }),
    dateFrom: t.string({ description: 'A day, such as 2025-10-09.' }),
    dateTo: t.string({ description: 'The first day that is too late.' }),
    addedFrom: t.string(),
    addedTo: t.string(),
    language: t.string(),
    shared: t.boolean(),
    failed: t.boolean(),
    trashed: t.boolean({ description: 'Your trash, and nothing else.' }),
  }),
})

/** A filter as clients give it, with row ids in it. @throws InvalidInputError for an id that is none */
export function toFilter(input: typeof DocumentFilterInput.$inferInput | null | undefined): DocumentFilter {
  const { categoryId, topicIds, ...rest } = input ?? {}
  return {
    ...rest,
    ...(categoryId && { categoryId: requireGlobalId('Category', 'categoryId', categoryId) }),
    ...(topicIds && { topicIds: topicIds.map((id) => requireGlobalId('Topic', 'topicIds', id)) }),
  }
}
