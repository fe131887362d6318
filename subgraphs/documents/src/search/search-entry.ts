import type { Document, Prisma } from '../../prisma/client/client.ts'

/**
 * Characters of a text that are indexed. A tsvector holds at most 1 MiB of distinct words with their places
 * (PostgreSQL, "Limitations" of full text search); the index takes less of a text whose words need more.
 */
export const MAX_INDEXED = 400_000

/**
 * Writes what search reads of a document's text, in the caller's transaction. Names, dates and readers follow the
 * document by themselves: triggers of the database see to that.
 */
export async function upsertSearchEntry(
  tx: Prisma.TransactionClient,
  document: Pick<Document, 'id' | 'ownerId' | 'title' | 'filename'>,
  body: string,
): Promise<void> {
  const text = clean(body.slice(0, MAX_INDEXED))
  const { id, ownerId, title, filename } = document
  await tx.searchEntry.upsert({
    where: { documentId: id },
    create: { documentId: id, ownerId, title, filename, body: text },
    update: { body: text },
  })
}

/** PostgreSQL's text has no NUL, and half a surrogate pair is not UTF-8. */
function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed()
}
