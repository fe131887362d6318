import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Reads the text of a document and makes it findable. */
export const ingestJob = defineJob({
  queue: 'documents',
  name: 'ingest',
  schema: z.object({ documentId: z.uuid(), blobId: z.uuid() }),
  // With doubling pauses from 2 s on this outlasts a storage that is away for two hours.
  attempts: 13,
  backoffMs: 2000,
  timeoutMs: 10 * 60_000,
})
