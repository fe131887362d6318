import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Each midnight UTC, and at every start for the days that were slept through. */
export const exportAuditJob = defineJob({
  queue: 'identity',
  name: 'export-audit',
  schema: z.object({}),
  attempts: 10,
  backoffMs: 30_000,
  timeoutMs: 600_000,
})
export const EXPORT_CRON = '0 0 * * *'
