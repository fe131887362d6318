import { connectQueues } from '/work/main/kit/src/jobs/queues.ts'
import { defineJob, handle } from '/work/main/kit/src/jobs/job.ts'
import { createLogger } from '/work/main/kit/src/log/logger.ts'
import { z } from 'zod'
import { randomUUID } from 'node:crypto'
const log = createLogger('t', { level: 'warn', pretty: false })
const at = process.argv[2].startsWith('redis') ? { redisUrl: process.argv[2] } : { databaseUrl: process.argv[2] }
const [a, b] = await Promise.all([connectQueues({ ...at, log }), connectQueues({ ...at, log })])
await Promise.all(Array.from({ length: 4 }, async () => {
  const queue = 'q-' + randomUUID()
  const t0 = performance.now(); const fired: number[] = []
  await a.worker(queue, { concurrency: 2, handlers: [handle(defineJob({ queue, name: 'tick', schema: z.object({}) }), async () => void fired.push(Math.round(performance.now() - t0)))] })
  await Promise.all([a, b].map((q) => q.schedule(queue, { name: 'tick', everyMs: 400 })))
  await new Promise((r) => setTimeout(r, 1300))
  console.log(fired.join(' '))
}))
await a.close(); await b.close()
