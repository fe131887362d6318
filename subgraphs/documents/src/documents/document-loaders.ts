import { loaderById } from '@archivolt/kit/graph/loader'
import DataLoader from 'dataloader'
import type {
  BulkItemState,
  Category,
  Document,
  DocumentTopic,
  DocumentVersion,
  PrismaClient,
  Share,
  ShareLink,
  Topic,
} from '../../prisma/client/client.ts'
import { levelsOf, visibleTo, type Access, type Level } from './access.ts'

export type TopicOfDocument = DocumentTopic & { topic: Topic }

export interface DocumentLoaders {
  /** The one way to a document by its id: whoever may not see it finds nothing, by a query or a representation. */
  document: DataLoader<string, Document | null>
  /** What the viewer may do with a document they were shown. */
  level: DataLoader<Document, Level | null>
  category: DataLoader<string, Category | null>
  topic: DataLoader<string, Topic | null>
  /** Documents that have a topic, by its id. */
  topicCount: DataLoader<string, number>
  /** All of these by the ids of documents. */
  topics: DataLoader<string, TopicOfDocument[]>
  versions: DataLoader<string, DocumentVersion[]>
  /** By its own id, whoever may see it. */
  version: DataLoader<string, DocumentVersion | null>
  /** How many documents of a change to many are in which state, by the id of the change. */
  bulkCounts: DataLoader<string, Partial<Record<BulkItemState, number>>>
  shares: DataLoader<string, Share[]>
  links: DataLoader<string, ShareLink[]>
}

/** Loaders of one request: whatever a list asks of its documents is one query, however long the list. */
export function documentLoaders(db: PrismaClient, access: Access | null): DocumentLoaders {
  return {
    document: loaderById((ids) =>
      access ? db.document.findMany({ where: { id: { in: ids }, AND: [visibleTo(access)] } }) : Promise.resolve([]),
    ),
    level: new DataLoader(async (documents) => {
      const levels = access ? await levelsOf(db, access, documents) : new Map<string, Level>()
      return documents.map(({ id }) => levels.get(id) ?? null)
    }),
    category: loaderById((ids) => db.category.findMany({ where: { id: { in: ids } } })),
    topic: loaderById((ids) => db.topic.findMany({ where: { id: { in: ids } } })),
    topicCount: new DataLoader(async (ids) => {
      const counts = await db.documentTopic.groupBy({
        by: ['topicId'],
        where: { topicId: { in: [...ids] } },
        _count: true,
      })
      const known = new Map(counts.map(({ topicId, _count }) => [topicId, _count]))
      return ids.map((id) => known.get(id) ?? 0)
    }),
    topics: byDocument((ids) =>
      db.documentTopic.findMany({
        where: { documentId: { in: ids } },
        include: { topic: true },
        orderBy: [{ topic: { folded: 'asc' } }],
      }),
    ),
    versions: byDocument((ids) =>
      db.documentVersion.findMany({
        where: { documentId: { in: ids }, number: { not: null } },
        orderBy: { number: 'desc' },
      }),
    ),
    version: loaderById((ids) => db.documentVersion.findMany({ where: { id: { in: ids }, number: { not: null } } })),
    bulkCounts: new DataLoader(async (ids) => {
      const rows = await db.bulkItem.groupBy({
        by: ['bulkId', 'state'],
        where: { bulkId: { in: [...ids] } },
        _count: true,
      })
      return ids.map((id) =>
        Object.fromEntries(rows.filter(({ bulkId }) => bulkId === id).map(({ state, _count }) => [state, _count])),
      )
    }),
    shares: byDocument((ids) => db.share.findMany({ where: { documentId: { in: ids } }, orderBy: { id: 'asc' } })),
    links: byDocument((ids) =>
      db.shareLink.findMany({ where: { documentId: { in: ids }, revokedAt: null }, orderBy: { id: 'asc' } }),
    ),
  }
}

/** Rows grouped by their document, in the order they were read. */
function byDocument<Row extends { documentId: string }>(
  find: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row[]> {
  return new DataLoader(
    async (ids) => {
      const rows = Map.groupBy(await find([...ids]), ({ documentId }) => documentId)
      return ids.map((id) => rows.get(id) ?? [])
    },
    { maxBatchSize: 500 },
  )
}
