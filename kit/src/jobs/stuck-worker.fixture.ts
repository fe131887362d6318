/** A worker that takes one job and never finishes it; a test kills it. */
import { z } from 'zod'
import { createLogger } from '../log/logger.ts'
import { defineJob, handle } from './job.ts'
import { connectQueues } from './queues.ts'

const { queue, ...options } = JSON.parse(process.env.STUCK!) as {
  queue: string
  lockMs: number
  databaseUrl?: string
  redisUrl?: string
}
const queues = await connectQueues({ ...options, log: createLogger('stuck', { level: 'silent', pretty: false }) })
const job = defineJob({ queue, name: 'stuck', schema: z.unknown() })
await queues.worker(queue, {
  concurrency: 1,
  handlers: [
    handle(job, async () => {
      console.log('running')
      await new Promise(() => setInterval(() => {}, 1_000))
    }),
  ],
})
