import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createLogger } from '../log/logger.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { backoffAfter, defineJob } from './job.ts'
import { describeJobsContract } from './jobs.contract.ts'
import { connectQueues } from './queues.ts'

describeJobsContract('PostgreSQL', async () => {
  const { url, drop } = await createTestDatabase()
  return { at: { databaseUrl: url }, close: drop }
})

describe('a job', () => {
  it('is named in lower case with hyphens', () => {
    expect(() => defineJob({ queue: 'storage', name: 'Sweep Uploads', schema: z.object({}) })).toThrow(TypeError)
  })

  it('waits twice as long after each failure, up to an hour, less a random part', () => {
    for (let i = 0; i < 50; i++) {
      expect(backoffAfter(1, 2_000)).toBeGreaterThanOrEqual(1_000)
      expect(backoffAfter(1, 2_000)).toBeLessThanOrEqual(2_000)
      expect(backoffAfter(4, 2_000)).toBeGreaterThanOrEqual(8_000)
      expect(backoffAfter(40, 2_000)).toBeLessThanOrEqual(3_600_000)
    }
  })
})

describe('queues', () => {
  const log = createLogger('test', { level: 'silent', pretty: false })

  it('do not start without a place, or on a server that is not there', async () => {
    await expect(connectQueues({ log })).rejects.toThrow(/SHARED_DATABASE_URL or REDIS_URL/)
    await expect(connectQueues({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', log })).rejects.toThrow(
      /ECONNREFUSED/,
    )
  })

  it('are set up once by five processes that start at the same time', async () => {
    const database = await createTestDatabase()
    const all = await Promise.all(Array.from({ length: 5 }, () => connectQueues({ databaseUrl: database.url, log })))
    await Promise.all(all.map((queues) => queues.close()))
    await database.drop()
  })
})
