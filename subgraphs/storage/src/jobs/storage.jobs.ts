import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

const nothing = z.object({})

/** Every 30 minutes: uploads that nobody completed. */
export const sweepUploadsJob = defineJob({ queue: 'storage', name: 'sweep-uploads', schema: nothing, attempts: 1 })
export const SWEEP_EVERY_MS = 30 * 60_000

/** Every 5 minutes: do people's own accounts still answer? Each is asked far less often. */
export const checkConnectionsJob = defineJob({
  queue: 'storage',
  name: 'check-connections',
  schema: nothing,
  attempts: 1,
  timeoutMs: 280_000,
})
export const CHECK_CONNECTIONS_EVERY_MS = 5 * 60_000

/** While the master key changes: secrets that the old one has sealed. */
export const resealSecretsJob = defineJob({ queue: 'storage', name: 'reseal-secrets', schema: nothing, attempts: 3 })
export const RESEAL_EVERY_MS = 10 * 60_000

/** Every 30 seconds: do the places for bytes answer? */
export const checkBackendsJob = defineJob({
  queue: 'storage',
  name: 'check-backends',
  schema: nothing,
  attempts: 1,
  timeoutMs: 25_000,
})
export const CHECK_EVERY_MS = 30_000
