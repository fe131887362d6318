import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { Document, Prisma } from '../../prisma/client/client.ts'
import { checkDay, checkLanguage } from '../documents/usecases/update-document.ts'
import { checkTopics } from '../topics/topic.ts'

/** One change to many documents. What is left out stays as it is; null clears. */
export interface BulkChange {
  categoryId?: string | null
  addTopics?: string[]
  removeTopics?: string[]
  language?: string | null
  /** A day, `2025-10-09`. */
  documentDate?: string | null
  trash?: boolean
  restore?: boolean
}

/** What of a document a change may touch. */
export interface Snapshot {
  categoryId: string | null
  language: string | null
  documentDate: string | null
  trashedAt: string | null
  topics: { name: string; provenance: 'PERSON' | 'AI'; addedBy: string | null }[]
}

/** The most documents of one change. */
export const MAX_BULK = 100_000

/** @throws InvalidInputError when it changes nothing, or cannot be meant */
export function checkBulkChange(change: BulkChange): BulkChange {
  const checked: BulkChange = {
    ...(change.categoryId !== undefined && { categoryId: change.categoryId }),
    ...(change.addTopics?.length && { addTopics: checkTopics('addTopics', change.addTopics) }),
    ...(change.removeTopics?.length && { removeTopics: checkTopics('removeTopics', change.removeTopics) }),
    ...(change.language !== undefined && { language: checkLanguage(change.language) }),
    ...(change.documentDate !== undefined && {
      documentDate: checkDay('documentDate', change.documentDate)?.toISOString().slice(0, 10) ?? null,
    }),
    ...(change.trash && { trash: true }),
    ...(change.restore && { restore: true }),
  }
  if (Object.keys(checked).length === 0) throw new InvalidInputError('change', 'Say what is to change.')
  if (checked.trash && checked.restore) throw new InvalidInputError('change', 'Into the trash, or out of it: not both.')
  return checked
}

/** What a document is now, in what a change may touch. */
export async function snapshotOf(tx: Prisma.TransactionClient, document: Document): Promise<Snapshot> {
  const topics = await tx.documentTopic.findMany({
    where: { documentId: document.id },
    include: { topic: { select: { name: true } } },
    orderBy: { topicId: 'asc' },
  })
  return {
    categoryId: document.categoryId,
    language: document.language,
    documentDate: document.documentDate?.toISOString().slice(0, 10) ?? null,
    trashedAt: document.trashedAt?.toISOString() ?? null,
    topics: topics.map(({ topic, provenance, addedBy }) => ({ name: topic.name, provenance, addedBy })),
  }
}
