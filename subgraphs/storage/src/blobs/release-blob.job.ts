import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Written into the outbox in the transaction that takes the last mention of a blob away. */
export const releaseBlobJob = defineJob({
  queue: 'storage',
  name: 'release-blob',
  schema: z.object({ blobId: z.uuid() }),
  attempts: 12,
  backoffMs: 30_000,
})
