import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** Calls the workers to a migration, also when the process that was asked for it died right after. The rows say what to do. */
export const runMigrationsJob = defineJob({
  queue: 'storage',
  name: 'run-migrations',
  schema: z.object({ migrationId: z.uuid() }),
  attempts: 3,
  timeoutMs: 30_000,
})

/** Every 30 seconds: late uploads, and what is given up. */
export const tendMigrationsJob = defineJob({
  queue: 'storage',
  name: 'tend-migrations',
  schema: z.object({}),
  attempts: 1,
  timeoutMs: 25_000,
})
export const TEND_EVERY_MS = 30_000
