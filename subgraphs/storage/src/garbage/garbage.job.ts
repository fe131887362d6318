import { defineJob } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

const nothing = z.object({})

/** Every 5 minutes: what dead attempts have left, and what was aside for long enough. */
export const collectGarbageJob = defineJob({ queue: 'storage', name: 'collect-garbage', schema: nothing, attempts: 1 })
export const COLLECT_EVERY_MS = 5 * 60_000

/** Every 6 hours: unfinished writes inside the places themselves. */
export const sweepLeftoversJob = defineJob({ queue: 'storage', name: 'sweep-leftovers', schema: nothing, attempts: 1 })
export const LEFTOVERS_EVERY_MS = 6 * 3_600_000
