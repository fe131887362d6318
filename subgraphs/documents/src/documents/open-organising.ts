import { handle, type JobDoor } from '@archivolt/kit/jobs/job'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Queues } from '@archivolt/kit/jobs/queues'
import type { Logger } from '@archivolt/kit/log/logger'
import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { bulkUpdateJob } from '../bulk/bulk-update.job.ts'
import { runBulkUpdate } from '../bulk/usecases/run-bulk-update.ts'
import { startBulkUpdate, undoBulkUpdate } from '../bulk/usecases/start-bulk-update.ts'
import { createCategory, deleteCategory, updateCategory } from '../categories/usecases/save-category.ts'
import { createLimitStore } from '../limits/limits.ts'
import { updateDocumentLimits } from '../limits/usecases/update-document-limits.ts'
import { listDocuments } from '../search/search-documents.ts'
import { createDirectory } from '../shares/directory.ts'
import { downloadSharedLink, openSharedLink } from '../shares/usecases/open-shared-link.ts'
import { shareDocument } from '../shares/usecases/share-document.ts'
import { createShareLink, revokeShareLink } from '../shares/usecases/share-link.ts'
import { unshareDocument } from '../shares/usecases/unshare-document.ts'
import { HOUSE, type ByteStore } from '../storage/byte-store.ts'
import { EMPTY_TRASH_EVERY_MS, emptyTrashJob, purgeDocumentJob, releaseBytesJob } from '../trash/trash.jobs.ts'
import { emptyTrash } from '../trash/usecases/empty-trash.ts'
import { purgeDocument } from '../trash/usecases/purge-document.ts'
import { purgeDocuments, restoreDocuments, trashDocuments } from '../trash/usecases/trash-documents.ts'
import { removeTraces } from '../trash/remove-traces.ts'
import { checkFile } from '../uploads/usecases/check-file.ts'
import { replaceFile } from '../versions/usecases/replace-file.ts'
import { restoreVersion } from '../versions/usecases/restore-version.ts'
import { deleteView, saveView } from '../views/usecases/save-view.ts'
import type { AnnounceDocument } from './document-events.ts'
import { updateDocument } from './usecases/update-document.ts'

interface Parts {
  db: PrismaClient
  bytes: ByteStore
  objects: ObjectStore
  services: ServiceClient
  announce: AnnounceDocument
  outbox: OutboxDispatcher
  rateLimits: RateLimits
  /** Bytes of the largest file that the operator allows. */
  maxFileSize: number
  trashDays: number
  log: Logger
  now: () => number
}

/** What people do with documents that are there: find, sort, share, throw away. */
export function openOrganising(parts: Parts) {
  const { db, bytes, objects, services, now, maxFileSize } = parts
  const limits = createLimitStore({ objects, ceiling: maxFileSize, now })
  const check = checkFile({ limits: limits.current })
  const directory = createDirectory(services)
  const usecases = {
    listDocuments: listDocuments(parts),
    updateDocument: updateDocument(parts),
    createCategory: createCategory(parts),
    updateCategory: updateCategory(parts),
    deleteCategory: deleteCategory(parts),
    replaceFile: replaceFile({ db, bytes, checkFile: check }),
    restoreVersion: restoreVersion(parts),
    trashDocuments: trashDocuments(parts),
    restoreDocuments: restoreDocuments(parts),
    purgeDocuments: purgeDocuments(parts),
    shareDocument: shareDocument({ ...parts, directory }),
    unshareDocument: unshareDocument(parts),
    createShareLink: createShareLink(parts),
    revokeShareLink: revokeShareLink(parts),
    openSharedLink: openSharedLink(parts),
    downloadSharedLink: downloadSharedLink(parts),
    saveView: saveView(parts),
    deleteView: deleteView(parts),
    bulkUpdateDocuments: startBulkUpdate(parts),
    undoBulkUpdate: undoBulkUpdate(parts),
    documentLimits: limits.current,
    updateDocumentLimits: updateDocumentLimits({ ...parts, limits, ceiling: maxFileSize }),
  }
  const bulk = runBulkUpdate(parts)
  const purge = purgeDocument({ db, bytes, ...removeTraces({ objects, services }) })
  const empty = emptyTrash({ ...parts, retentionDays: parts.trashDays })
  const handlers: JobDoor[] = [
    handle(bulkUpdateJob, (task, { signal }) => bulk(task, signal)),
    handle(purgeDocumentJob, ({ documentId }, { signal }) => purge(documentId, signal)),
    handle(releaseBytesJob, ({ blobId }, { signal }) => bytes.remove(blobId, HOUSE, signal)),
    handle(emptyTrashJob, (_payload, { signal }) => empty(signal)),
  ]
  return {
    usecases,
    checkFile: check,
    handlers,
    schedule: (queues: Queues) =>
      queues.schedule('documents', { name: emptyTrashJob.name, everyMs: EMPTY_TRASH_EVERY_MS }),
  }
}
