import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/**
 * Every minute, and when a scan was asked for: begins what is due, and goes on with what is under way, for as long as
 * there is something to do.
 */
export const workOnScansJob = defineJob({
  queue: 'storage',
  name: 'work-on-scans',
  schema: z.object({}),
  attempts: 1,
  timeoutMs: 7 * 86_400_000,
})
export const WORK_EVERY_MS = 60_000
