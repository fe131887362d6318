import { createQueue, type Queue } from '../../src/subscriptions/queue.ts'
import { PEOPLE_CHANNEL, PLUGINS_CHANNEL, SESSIONS_CHANNEL, type SharedState } from '../../src/shared-state.ts'

type ChannelEvent = { kind: 'message'; message: string } | { kind: 'gap' }

/** The shared state of one process, with handles for a test. */
export function createFakeSharedState() {
  const revoked = new Set<string>()
  const used = new Map<string, number>()
  const subscribers = new Map<Queue<ChannelEvent>, string>()
  let away = false
  const tell = (event: ChannelEvent, channel?: string) =>
    subscribers.forEach((of, queue) => {
      if (channel === undefined || channel === of) queue.push(event)
    })
  const state: SharedState = {
    replay: {
      async has(keys) {
        if (away) throw new Error('connect ECONNREFUSED 10.0.0.9:6379')
        return keys.some((key) => revoked.has(key))
      },
    },
    rateLimits: {
      async consume(key, { points, windowSeconds }) {
        const count = (used.get(key) ?? 0) + 1
        used.set(key, count)
        return {
          allowed: count <= points,
          remaining: Math.max(0, points - count),
          retryAfterSeconds: count <= points ? 0 : windowSeconds,
        }
      },
    },
    pubsub: {
      async subscribe(channel) {
        const queue: Queue<ChannelEvent> = createQueue<ChannelEvent>({ onEnd: () => subscribers.delete(queue) })
        subscribers.set(queue, channel)
        return queue.iterator
      },
    },
  }
  return {
    state,
    used,
    revoke: (key: string) => void revoked.add(key),
    endSession: (id: string) => tell({ kind: 'message', message: id }, SESSIONS_CHANNEL),
    tellOf: (userId: string) => tell({ kind: 'message', message: userId }, PEOPLE_CHANNEL),
    tellFeatures: () => tell({ kind: 'message', message: 'changed' }, PLUGINS_CHANNEL),
    gap: () => tell({ kind: 'gap' }),
    goAway: (is = true) => (away = is),
  }
}
