import { startTestRedis } from '../shared-state/redis/test-server.ts'
import { describeJobsContract } from './jobs.contract.ts'

describeJobsContract('Redis', async () => {
  const { url, stop } = await startTestRedis()
  return { at: { redisUrl: url }, close: stop }
})
