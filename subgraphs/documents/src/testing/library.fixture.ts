import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import { createLogger } from '@archivolt/kit/log/logger'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { v7 as uuidv7 } from 'uuid'
import { PrismaClient, type Document } from '../../prisma/client/client.ts'
import { accessOf, type Access, type Actor } from '../documents/access.ts'
import { listDocuments, type ListArgs } from '../search/search-documents.ts'
import { upsertSearchEntry } from '../search/search-entry.ts'

export const silent = createLogger('test', { level: 'silent', pretty: false })

/** Somebody, with the groups of this very call. */
export function person(groupIds: string[] = [], userId: string = randomUUID()) {
  const viewer = { userId, role: 'USER' as const, groups: [], groupIds, scopes: null, sessionId: randomUUID() }
  const access: Access = accessOf(viewer)
  const actor: Actor = { access, ip: '192.0.2.1', requestId: 'test' }
  return { userId, viewer, access, actor }
}
export type SomePerson = ReturnType<typeof person>

export type Library = Awaited<ReturnType<typeof openLibrary>>

/** A database of documents, without the services around it. */
export async function openLibrary() {
  const database = await createTestDatabase()
  const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
  await migrate({ url: database.url, folder, log: silent })
  const db = new PrismaClient({ adapter: prismaAdapter('test', database.url, 8) })
  let now = Date.UTC(2026, 5, 1)
  const list = listDocuments({ db, now: () => now })

  return {
    db,
    url: database.url,
    now: () => now,
    pass: (ms: number) => (now += ms),
    announce: async () => {},
    outbox: { kick: () => {} },

    /** A document that is READY, with this text. */
    async add(owner: { userId: string }, text: Partial<Document> & { body?: string } = {}): Promise<Document> {
      const { body = '', ...given } = text
      const id = given.id ?? uuidv7()
      const file = { filename: 'scan.pdf', contentType: 'application/pdf', size: 1000n, blobId: randomUUID() }
      const document = await db.document.create({
        data: { id, ownerId: owner.userId, title: 'Untitled', status: 'READY', ...file, ...given },
      })
      await db.documentVersion.create({
        data: {
          id,
          documentId: id,
          number: 1,
          blobId: document.blobId,
          filename: document.filename,
          contentType: document.contentType,
          size: document.size,
          createdBy: owner.userId,
        },
      })
      await db.$transaction((tx) => upsertSearchEntry(tx, document, body))
      return document
    },
    share(document: Document, to: { userId: string } | { groupId: string }, level: 'VIEW' | 'EDIT' = 'VIEW') {
      const subject =
        'userId' in to
          ? { kind: 'USER' as const, subjectId: to.userId }
          : { kind: 'GROUP' as const, subjectId: to.groupId }
      return db.share.create({
        data: { id: uuidv7(), documentId: document.id, level, createdBy: document.ownerId, ...subject },
      })
    },
    list: (who: { access: Access }, args: ListArgs = {}) => list(who.access, args),
    /** Titles of what a search finds, in order. */
    async find(who: { access: Access }, search: string, args: ListArgs = {}): Promise<string[]> {
      return (await list(who.access, { search, ...args })).edges.map(({ node }) => node.title)
    },
    auditTypes: async () =>
      (await db.outbox.findMany({ where: { name: 'record-audit' }, orderBy: { createdAt: 'asc' } })).map(
        ({ payload }) => (payload as { type: string }).type,
      ),
    async close() {
      await db.$disconnect()
      await database.drop()
    },
  }
}
