import type { Redis } from 'ioredis'
import { checkTtl, type ReplayStore } from '../replay.ts'
import { PREFIX } from './client.ts'

const keyOf = (key: string) => `${PREFIX}replay:${key}`

/** A ReplayStore on Redis. The server must not evict keys (`maxmemory-policy noeviction`), or revocations are forgotten. */
export function createRedisReplay(client: Redis): ReplayStore {
  return {
    async claim(key, ttlSeconds) {
      checkTtl(ttlSeconds)
      return (await client.set(keyOf(key), '1', 'PX', Math.ceil(ttlSeconds * 1000), 'NX')) === 'OK'
    },
    async has(keys) {
      return keys.length > 0 && (await client.exists(keys.map(keyOf))) > 0
    },
  }
}
