import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Every hour: rotates the signing key when it is old, and forgets what has long expired. */
export const maintainAccountsJob = defineJob({
  queue: 'identity',
  name: 'maintain-accounts',
  schema: z.object({}),
  timeoutMs: 300_000,
})

export const MAINTAIN_EVERY_MS = 3_600_000
