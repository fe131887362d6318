import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

const nothing = z.object({})

/** Every 30 minutes: uploads that nobody completed. */
export const sweepUploadsJob = defineJob({ queue: 'storage', name: 'sweep-uploads', schema: nothing, attempts: 1 })
export const SWEEP_EVERY_MS = 30 * 60_000

/** Every 30 seconds: do the places for bytes answer? */
export const checkBackendsJob = defineJob({
  queue: 'storage',
  name: 'check-backends',
  schema: nothing,
  attempts: 1,
  timeoutMs: 25_000,
})
export const CHECK_EVERY_MS = 30_000
