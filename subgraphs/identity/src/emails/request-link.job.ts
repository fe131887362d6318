import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/**
 * Somebody asked for a link to an address. Whether it has an account is found out by this job, after the answer is
 * given, so that the answer tells nothing by its time either.
 */
export const requestLinkJob = defineJob({
  queue: 'identity',
  name: 'request-link',
  schema: z.strictObject({
    email: z.string().max(254),
    purpose: z.enum(['VERIFY_EMAIL', 'RESET_PASSWORD']),
    ip: z.string().max(64),
    requestId: z.string().max(100),
  }),
  timeoutMs: 30_000,
})
