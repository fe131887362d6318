import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Every 30 seconds: what are the features, and how are they? */
export const pollPluginsJob = defineJob({
  queue: 'identity',
  name: 'poll-plugins',
  schema: z.object({}),
  attempts: 1,
  timeoutMs: 20_000,
})
export const POLL_EVERY_MS = 30_000
/** After a start, once more, for what was not ready yet. */
export const POLL_AGAIN_MS = 5_000
