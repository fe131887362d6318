import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Removes what is left of a document that is to be gone for good: bytes, pages, what an AI said, and then its rows. */
export const purgeDocumentJob = defineJob({
  queue: 'documents',
  name: 'purge-document',
  schema: z.object({ documentId: z.uuid() }),
  // With doubling pauses up to an hour this outlasts a storage that is away for two days; then the sweep takes it up.
  attempts: 60,
  backoffMs: 2_000,
})

/** Bytes that no document has any more, such as those of an upload that ended after its document. */
export const releaseBytesJob = defineJob({
  queue: 'documents',
  name: 'release-bytes',
  schema: z.object({ blobId: z.uuid() }),
  attempts: 60,
  backoffMs: 2_000,
})

/** Purges what has been in the trash long enough, and takes up purges that lost their job. */
export const emptyTrashJob = defineJob({ queue: 'documents', name: 'empty-trash', schema: z.object({}) })
export const EMPTY_TRASH_EVERY_MS = 3_600_000
