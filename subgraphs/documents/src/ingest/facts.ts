import type { PrismaClient, Reading } from '../../prisma/client/client.ts'

/** What is known of a document's content, without the content. */
export type Facts = Pick<Reading, 'documentId' | 'pageCount' | 'language' | 'proposedTitle' | 'proposedDates'> & {
  id: string
}

/** The facts of these documents, in any order. */
export async function findFacts(db: PrismaClient, documentIds: string[]): Promise<Facts[]> {
  const rows = await db.reading.findMany({
    where: { documentId: { in: documentIds } },
    // The text of a document may be half a megabyte: a list must not read it.
    select: { documentId: true, pageCount: true, language: true, proposedTitle: true, proposedDates: true },
  })
  return rows.map((row) => ({ id: row.documentId, ...row }))
}
