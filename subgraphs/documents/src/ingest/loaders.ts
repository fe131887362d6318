import { loaderById } from '@archivolt/kit/graph/loader'
import DataLoader from 'dataloader'
import type { Document, Preview, PrismaClient, ProcessingStep } from '../../prisma/client/client.ts'
import { findDuplicates } from '../duplicates/find-duplicates.ts'
import { findFacts } from './facts.ts'

/** What fields of documents are loaded by: one query for all the documents of a list. */
export function ingestLoaders(db: PrismaClient) {
  return {
    facts: loaderById((ids) => findFacts(db, ids)),
    preview: loaderById((ids) => db.preview.findMany({ where: { id: { in: ids } } })),
    steps: new DataLoader<string, ProcessingStep[]>(async (ids) => {
      const rows = await db.processingStep.findMany({ where: { documentId: { in: [...ids] } } })
      const byDocument = Map.groupBy(rows, (row) => row.documentId)
      return ids.map((id) => byDocument.get(id) ?? [])
    }),
    thumbnail: new DataLoader<string, Preview | null>(async (ids) => {
      const rows = await db.preview.findMany({ where: { documentId: { in: [...ids] }, page: 0 } })
      const byDocument = new Map(rows.map((row) => [row.documentId, row]))
      return ids.map((id) => byDocument.get(id) ?? null)
    }),
    duplicates: new DataLoader<string, Document[]>(async (ids) => {
      const found = await findDuplicates(db, ids)
      return ids.map((id) => found.get(id) ?? [])
    }),
  }
}
