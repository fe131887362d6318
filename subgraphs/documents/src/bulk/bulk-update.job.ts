import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Goes on with one change to many documents, or with taking it back; a long one hands over to a job of its own kind. */
export const bulkUpdateJob = defineJob({
  queue: 'documents',
  name: 'bulk-update',
  schema: z.object({
    bulkId: z.uuid(),
    undo: z.boolean(),
    /** Whom the person counted as when they asked. */
    principals: z.array(z.string().max(64)).max(1000),
  }),
  attempts: 20,
})
