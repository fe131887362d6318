import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Document, PrismaClient } from '../../../prisma/client/client.ts'
import { checkTopics } from '../../topics/topic.ts'
import { setTopics } from '../../topics/usecases/change-topics.ts'
import { requireDocument, type Actor } from '../access.ts'
import { InTrashError } from '../document.errors.ts'
import type { AnnounceDocument } from '../document-events.ts'
import { checkName, checkText } from '../names.ts'

interface Deps {
  db: PrismaClient
  announce: AnnounceDocument
}

/** What is left out stays as it is; null clears. */
export interface DocumentChange {
  title?: string | null
  notes?: string | null
  language?: string | null
  /** A day, `2025-10-09`. */
  documentDate?: string | null
  categoryId?: string | null
  topics?: readonly string[] | null
}

export const MAX_TITLE = 300
/** Notes are searched and shown whole; what is longer is a document of its own. */
export const MAX_NOTES = 20_000

/**
 * Changes what people say of a document; search knows it at once.
 * @throws NotFoundError, NotAllowedError, InTrashError, InvalidInputError
 */
export const updateDocument =
  (deps: Deps) =>
  async (documentId: string | null, change: DocumentChange, actor: Actor): Promise<Document> => {
    const data = checkChange(change)
    const topics = change.topics ? checkTopics('topics', change.topics) : null
    const document = await deps.db.$transaction(async (tx) => {
      const before = await requireDocument(tx, actor.access, documentId, 'EDIT')
      if (before.trashedAt) throw new InTrashError()
      if (change.categoryId) await requireCategory(tx, before.ownerId, change.categoryId)
      const row = await tx.document.update({
        where: { id: before.id },
        data: { ...data, ...(change.categoryId !== undefined && { categoryId: change.categoryId }) },
      })
      if (topics) await setTopics(tx, before, topics, { provenance: 'PERSON', userId: actor.access.userId })
      return row
    })
    await deps.announce(document)
    return document
  }

/** A document lies in a category of its owner, whoever puts it there. @throws NotFoundError */
export async function requireCategory(
  db: Pick<PrismaClient, 'category'>,
  ownerId: string,
  categoryId: string,
): Promise<void> {
  if (!(await db.category.findFirst({ where: { id: categoryId, ownerId }, select: { id: true } })))
    throw new NotFoundError('The category')
}

function checkChange(change: DocumentChange) {
  return {
    ...(typeof change.title === 'string' && { title: checkName('title', change.title, MAX_TITLE) }),
    ...(change.notes !== undefined && { notes: checkText('notes', change.notes ?? '', MAX_NOTES) }),
    ...(change.language !== undefined && { language: checkLanguage(change.language) }),
    ...(change.documentDate !== undefined && { documentDate: checkDay('documentDate', change.documentDate) }),
  }
}

/** A code of ISO 639 in lower case. @throws InvalidInputError */
export function checkLanguage(language: string | null): string | null {
  if (language === null || language === '') return null
  if (!/^[a-z]{2,3}$/i.test(language))
    throw new InvalidInputError('language', 'A language is a code of two or three letters, such as "en".')
  return language.toLowerCase()
}

/** A day between the years 1000 and 2999. @throws InvalidInputError */
export function checkDay(field: string, text: string | null): Date | null {
  if (text === null || text === '') return null
  const day = new Date(`${text}T00:00:00Z`)
  if (!/^[12]\d{3}-\d{2}-\d{2}$/.test(text) || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw new InvalidInputError(field, 'A date is a day such as 2025-10-09.')
  return day
}
