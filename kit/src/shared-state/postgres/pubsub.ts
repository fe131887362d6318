import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type Pool } from 'pg'
import type { Logger } from '../../log/logger.ts'
import { checkChannel, checkMessage, type PubSub } from '../pubsub.ts'
import { reasonOf } from '../reason-of.ts'
import { createSubscribers } from '../subscribers.ts'

const CHANNEL = 'archivolt_pubsub'
const HEARTBEAT_MS = 15_000
const QUERY_TIMEOUT_MS = 5_000
const MAX_BACKOFF_MS = 2_000

interface Listener {
  client: Client
  ended: Promise<void>
}

/**
 * A PubSub on LISTEN/NOTIFY: one connection of its own for listening, the pool for publishing.
 * A lost connection is opened again, with growing pauses up to 2 s; then every subscriber reads a gap.
 * @throws the server's error when the first connection fails.
 */
export async function connectPostgresPubSub({
  databaseUrl,
  pool,
  log,
}: {
  databaseUrl: string
  pool: Pool
  log: Logger
}): Promise<PubSub & { check(): Promise<void> }> {
  const subscribers = createSubscribers()
  const closing = new AbortController()

  const listen = async (): Promise<Listener> => {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: CHANNEL,
      keepAlive: true,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'pub/sub connection failed'))
    client.on('notification', ({ payload = '' }) => {
      const separator = payload.indexOf('\n')
      if (separator > 0) subscribers.deliver(payload.slice(0, separator), payload.slice(separator + 1))
    })
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      void client.end().catch(() => {})
      throw error
    }
    return { client, ended }
  }

  const listenAgain = async (): Promise<Listener | undefined> => {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      // Half of the pause is random, so that many processes do not come back in the same instant.
      const pause = Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt) * (0.5 + Math.random() / 2)
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      try {
        return await listen()
      } catch (error) {
        log.debug({ reason: reasonOf(error) }, 'pub/sub cannot connect yet')
      }
    }
  }

  let current: Listener | undefined = await listen()

  const keepListening = async () => {
    while (current) {
      await current.ended
      current = undefined
      if (closing.signal.aborted) return
      log.warn('pub/sub lost its connection')
      current = await listenAgain()
      if (!current) return
      log.info('pub/sub is connected again')
      subscribers.gap()
    }
  }
  const listening = keepListening()

  const ask = async () => {
    if (!current) throw new Error('pub/sub is not connected to PostgreSQL')
    await current.client.query('SELECT 1')
  }
  // One question at a time: a client runs one query after the other, and checks at once want the same answer.
  let asking: Promise<void> | undefined
  const check = () => {
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }

  // A connection that only listens never notices a silently dropped peer. Ending a client whose query hangs destroys its socket.
  const heartbeat = setInterval(() => {
    const checked = current
    if (checked) check().catch(() => checked.client.end().catch(() => {}))
  }, HEARTBEAT_MS)
  heartbeat.unref()

  return {
    async publish(channel, message) {
      checkChannel(channel)
      checkMessage(message)
      await pool.query('SELECT pg_notify($1, $2)', [CHANNEL, `${channel}\n${message}`])
    },
    async subscribe(channel, { signal } = {}) {
      checkChannel(channel)
      if (closing.signal.aborted) throw new Error('pub/sub is closed')
      // The process listens already; should it be disconnected right now, a gap follows.
      return subscribers.add(channel, signal).events
    },
    check,
    async close() {
      closing.abort()
      clearInterval(heartbeat)
      subscribers.endAll()
      await current?.client.end().catch(() => {})
      await listening
    },
  }
}
