import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Every 30 minutes: uploads that never came, and documents that lost their job. */
export const sweepStaleJob = defineJob({ queue: 'documents', name: 'sweep-stale', schema: z.object({}), attempts: 1 })
export const SWEEP_EVERY_MS = 30 * 60_000
