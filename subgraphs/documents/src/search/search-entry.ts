import type { Document, Prisma } from '../../prisma/client/client.ts'

/**
 * Characters of a text that are indexed. A tsvector holds at most 1 MiB of distinct words with their places
 * (PostgreSQL, "Limitations" of full text search); text of nothing but distinct words stays below that here.
 */
export const MAX_INDEXED = 400_000

/** Writes what search reads of a document, in the caller's transaction. */
export async function upsertSearchEntry(tx: Prisma.TransactionClient, document: Document, body: string): Promise<void> {
  const text = {
    ownerId: document.ownerId,
    title: document.title,
    filename: document.filename,
    body: clean(body).slice(0, MAX_INDEXED),
  }
  await tx.searchEntry.upsert({
    where: { documentId: document.id },
    create: { documentId: document.id, ...text },
    update: text,
  })
}

/** PostgreSQL's text has no NUL, and half a surrogate pair is not UTF-8. */
function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed()
}
