import { ReplyError, type Redis } from 'ioredis'
import type { Logger } from '../../log/logger.ts'
import { checkChannel, checkMessage, type PubSub } from '../pubsub.ts'
import { reasonOf } from '../reason-of.ts'
import { createSubscribers } from '../subscribers.ts'
import { connectRedis, PREFIX } from './client.ts'

const HEARTBEAT_MS = 15_000
const CHANNEL_PREFIX = `${PREFIX}pubsub:`

/**
 * A PubSub on Redis: one connection of its own for all subscriptions, `commands` for publishing.
 * A channel is subscribed to on the server while it has a subscriber here.
 * @throws when the server does not answer at the start.
 */
export async function connectRedisPubSub({
  redisUrl,
  commands,
  log,
}: {
  redisUrl: string
  commands: Redis
  log: Logger
}): Promise<PubSub & { check(): Promise<void> }> {
  const subscribers = createSubscribers()
  // Subscribed again by hand: ioredis does not say when its own attempt has taken effect, and the gap must come after that.
  const connection = await connectRedis(redisUrl, log, { autoResubscribe: false })
  let closed = false
  let lost = false

  connection.on('message', (channel: string, message: string) =>
    subscribers.deliver(channel.slice(CHANNEL_PREFIX.length), message),
  )
  connection.on('close', () => {
    if (!closed && !lost) log.warn('pub/sub lost its connection')
    lost = true
  })
  connection.on('ready', () => {
    void resubscribe().catch((error: unknown) => {
      log.warn({ reason: reasonOf(error) }, 'pub/sub could not subscribe again')
      connection.disconnect(true)
    })
  })

  const resubscribe = async () => {
    const channels = subscribers.channels()
    if (channels.length > 0) await connection.subscribe(...channels.map((channel) => CHANNEL_PREFIX + channel))
    lost = false
    log.info('pub/sub is connected again')
    subscribers.gap()
  }

  const check = async () => {
    await connection.ping()
  }

  // A connection that only listens never notices a silently dropped peer.
  const heartbeat = setInterval(() => {
    if (connection.status === 'ready') check().catch(() => connection.disconnect(true))
  }, HEARTBEAT_MS)
  heartbeat.unref()

  return {
    async publish(channel, message) {
      checkChannel(channel)
      checkMessage(message)
      await commands.publish(CHANNEL_PREFIX + channel, message)
    },
    async subscribe(channel, { signal } = {}) {
      checkChannel(channel)
      if (closed) throw new Error('pub/sub is closed')
      const subscriber = subscribers.add(channel, signal, () => {
        // Fails while disconnected, and then there is nothing to unsubscribe from.
        connection.unsubscribe(CHANNEL_PREFIX + channel).catch(() => {})
      })
      if (signal?.aborted) return subscriber.events
      try {
        // Sent for every subscriber, since an earlier one's SUBSCRIBE may still be on its way.
        await connection.subscribe(CHANNEL_PREFIX + channel)
      } catch (error) {
        if (error instanceof ReplyError || closed) {
          subscriber.end()
          throw error
        }
        // Disconnected right now: the channel is subscribed to when the connection is back, and a gap follows.
      }
      return subscriber.events
    },
    check,
    async close() {
      closed = true
      clearInterval(heartbeat)
      subscribers.endAll()
      connection.disconnect()
    },
  }
}
