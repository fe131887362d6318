import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Sets documents going through all steps again, some at a time. */
export const reprocessJob = defineJob({
  queue: 'documents',
  name: 'reprocess',
  schema: z.object({ reprocessId: z.uuid() }),
  attempts: 13,
})
