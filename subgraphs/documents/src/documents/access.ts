import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Identity, Viewer } from '@archivolt/kit/identity/identity'
import { type Prisma, type Document } from '../../prisma/client/client.ts'
import { NotAllowedError } from './document.errors.ts'

/** What a person may do with a document. */
export type Level = 'VIEW' | 'EDIT' | 'OWN'

/** Whom a person counts as: what every question about permission is asked with. */
export interface Access {
  userId: string
  /** As shares name them: `u:` and the person, `g:` and each of their groups. */
  principals: readonly string[]
}

/** The person who changes something, and from where, as the audit log wants to know it. */
export interface Actor {
  access: Access
  ip: string
  requestId: string
}

type Db = Pick<Prisma.TransactionClient, 'share' | 'document'>

/**
 * Whom this person counts as. Their groups are those of this very call, so that leaving one counts from the next call
 * on; by their ids, which stay when a group is renamed.
 */
export function accessOf(viewer: Pick<Viewer, 'userId' | 'groupIds'>): Access {
  return {
    userId: viewer.userId,
    principals: [`u:${viewer.userId}`, ...(viewer.groupIds ?? []).map((id) => `g:${id}`)],
  }
}

/** The permission filter: what is theirs, in the trash too, and what is shared with them. */
export function visibleTo(access: Access): Prisma.DocumentWhereInput {
  return {
    purgingAt: null,
    OR: [
      { ownerId: access.userId },
      { trashedAt: null, shares: { some: { principal: { in: [...access.principals] } } } },
    ],
  }
}

/** What the person is called in the keys of the search index, where an owner stands beside those it is shared with. */
export function readerKeys(access: Access): string[] {
  return [`o:${access.userId}`, ...access.principals]
}

/** What the person may do with each of these documents; those they may not see are left out. */
export async function levelsOf(
  db: Db,
  access: Access,
  documents: readonly Pick<Document, 'id' | 'ownerId' | 'trashedAt' | 'purgingAt'>[],
): Promise<Map<string, Level>> {
  const levels = new Map<string, Level>()
  const others: string[] = []
  for (const { id, ownerId, trashedAt, purgingAt } of documents) {
    if (purgingAt) continue
    if (ownerId === access.userId) levels.set(id, 'OWN')
    else if (!trashedAt) others.push(id)
  }
  if (others.length === 0) return levels
  const shares = await db.share.findMany({
    where: { documentId: { in: others }, principal: { in: [...access.principals] } },
    select: { documentId: true, level: true },
  })
  for (const { documentId, level } of shares) if (levels.get(documentId) !== 'EDIT') levels.set(documentId, level)
  return levels
}

const RANK: Record<Level, number> = { VIEW: 0, EDIT: 1, OWN: 2 }

/**
 * The document, for someone who may do this with it.
 * @throws NotFoundError for a document that is not there or not theirs to see, NotAllowedError for one they may only see
 */
export async function requireDocument(
  db: Db,
  access: Access,
  documentId: string | null,
  wanted: Level,
): Promise<Document> {
  const document = documentId
    ? await db.document.findFirst({ where: { id: documentId, AND: [visibleTo(access)] } })
    : null
  if (!document) throw new NotFoundError('The document')
  const level = (await levelsOf(db, access, [document])).get(document.id)
  if (!level) throw new NotFoundError('The document')
  if (RANK[level] < RANK[wanted]) throw new NotAllowedError(wanted === 'OWN')
  return document
}

/** The person of a call. */
export function actorOf(viewer: Viewer, identity: Identity): Actor {
  return { access: accessOf(viewer), ip: identity.client.ip, requestId: identity.requestId }
}

/** Those of these documents that a person may change now. */
export const editableDocuments =
  (deps: { db: Db }) =>
  async (viewer: Pick<Viewer, 'userId' | 'groupIds'>, ids: readonly string[]): Promise<string[]> => {
    const access = accessOf(viewer)
    const documents = await deps.db.document.findMany({
      where: { id: { in: [...ids] }, trashedAt: null, AND: [visibleTo(access)] },
    })
    const levels = await levelsOf(deps.db, access, documents)
    return documents.map(({ id }) => id).filter((id) => levels.get(id) !== 'VIEW')
  }
