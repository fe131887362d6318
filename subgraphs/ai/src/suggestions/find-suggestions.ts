import { loaderById } from '@archivolt/kit/graph/loader'
import type { PrismaClient, Suggestion } from '../../prisma/client/client.ts'

/** The suggestions shown for these documents, topics already in use first. Rejected ones are only remembered. */
export function findSuggestions(
  db: Pick<PrismaClient, 'suggestion'>,
  documentIds: readonly string[],
): Promise<Suggestion[]> {
  return db.suggestion.findMany({
    where: { documentId: { in: [...documentIds] }, state: { not: 'REJECTED' } },
    orderBy: [{ known: 'desc' }, { id: 'asc' }],
  })
}

/** Turns the documents asked for in one tick into one query. Made per request. */
export function suggestionsLoader(db: Pick<PrismaClient, 'suggestion'>) {
  return loaderById(async (documentIds) => {
    const byDocument = Map.groupBy(await findSuggestions(db, documentIds), (row) => row.documentId)
    return documentIds.map((id) => ({ id, suggestions: byDocument.get(id) ?? [] }))
  })
}
