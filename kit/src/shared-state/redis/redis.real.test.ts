import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../log/logger.ts'
import { connectSharedState } from '../connect.ts'
import { describePubSubContract } from '../pubsub.contract.ts'
import { describeRateLimitsContract } from '../rate-limits.contract.ts'
import { describeReplayContract } from '../replay.contract.ts'
import { createRedisRateLimits } from './rate-limits.ts'
import { createRedisReplay } from './replay.ts'
import { startTestRedis } from './test-server.ts'

const log = createLogger('test', { level: 'silent', pretty: false })

let server: Awaited<ReturnType<typeof startTestRedis>>
let admin: Redis
beforeAll(async () => {
  server = await startTestRedis()
  admin = new Redis(server.url)
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

async function twoProcesses() {
  const [state, other] = await Promise.all([
    connectSharedState({ redisUrl: server.url, log }),
    connectSharedState({ redisUrl: server.url, log }),
  ])
  const broken = new Redis('redis://127.0.0.1:1', {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  })
  broken.on('error', () => {})
  return {
    state,
    other,
    broken,
    async close() {
      broken.disconnect()
      await Promise.all([state.close(), other.close()])
    },
  }
}

describePubSubContract('Redis', async () => {
  const { state, other, close } = await twoProcesses()
  return {
    pubsub: state.pubsub,
    other: other.pubsub,
    async dropListener() {
      await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    },
    close,
  }
})

describeReplayContract('Redis', async () => {
  const { state, other, broken, close } = await twoProcesses()
  return { replay: state.replay, other: other.replay, broken: createRedisReplay(broken), close }
})

describeRateLimitsContract('Redis', async () => {
  const { state, other, broken, close } = await twoProcesses()
  return { rateLimits: state.rateLimits, other: other.rateLimits, broken: createRedisRateLimits(broken, log), close }
})

describe('shared state on Redis', () => {
  it('keeps every key under its prefix, and each with an end', async () => {
    const state = await connectSharedState({ redisUrl: server.url, log })
    await state.replay.claim(randomUUID(), 60)
    await state.rateLimits.consume(randomUUID(), { points: 1, windowSeconds: 60 })
    const keys = await admin.keys('*')
    expect(keys.length).toBeGreaterThan(1)
    for (const key of keys) {
      expect(key).toMatch(/^archivolt:/)
      expect(await admin.pttl(key)).toBeGreaterThan(0)
    }
    await state.close()
  })

  it('frees a channel on the server with its last subscriber', async () => {
    const { pubsub, close } = await connectSharedState({ redisUrl: server.url, log })
    const onServer = async () => ((await admin.pubsub('NUMSUB', 'archivolt:pubsub:freed')) as [string, number])[1]
    const [first, second] = [await pubsub.subscribe('freed'), await pubsub.subscribe('freed')]
    expect(await onServer()).toBe(1)
    await first.return!()
    await setTimeout(50)
    expect(await onServer()).toBe(1)
    await second.return!()
    await expect.poll(onServer).toBe(0)
    await close()
  })

  it('answers again when the server is back, and fails at once while it is away', async () => {
    const own = await startTestRedis()
    const state = await connectSharedState({ redisUrl: own.url, log })
    await state.check()
    await own.stop()
    await expect(state.check()).rejects.toThrow()
    const before = performance.now()
    await expect(state.replay.claim('a', 60)).rejects.toThrow()
    expect((await state.rateLimits.consume('a', { points: 1, windowSeconds: 60 })).allowed).toBe(true)
    expect(performance.now() - before).toBeLessThan(1_000)
    const back = await startTestRedis(Number(new URL(own.url).port))
    await expect
      .poll(
        () =>
          state.check().then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 5_000 },
      )
      .toBe('up')
    expect(await state.replay.claim('a', 60)).toBe(true)
    await state.close()
    await back.stop()
  })

  it('refuses to start on a server that is not there', async () => {
    await expect(connectSharedState({ redisUrl: 'redis://127.0.0.1:1', log })).rejects.toThrow(/ECONNREFUSED|closed/)
  })
})
