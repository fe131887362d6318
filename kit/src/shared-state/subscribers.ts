import type { PubSubEvent } from './pubsub.ts'

const BUFFER_LIMIT = 1_000

/** One reader's side of a channel. `end` is safe to call more than once. */
export interface Subscriber {
  push(event: PubSubEvent): void
  end(): void
  readonly events: AsyncIterableIterator<PubSubEvent>
}

/**
 * A subscriber with a bounded buffer. `onEnd` runs once, when either side ends it; `signal` must not be aborted yet.
 *
 * Not an async generator: there, `return()` queues behind a waiting `next()`, so a quiet channel could never be left.
 */
export function createSubscriber({
  signal,
  onEnd,
  limit = BUFFER_LIMIT,
}: {
  signal?: AbortSignal
  onEnd: () => void
  limit?: number
}): Subscriber {
  let buffer: PubSubEvent[] = []
  let waiting: ((result: IteratorResult<PubSubEvent>) => void)[] = []
  let ended = false

  const end = () => {
    if (ended) return
    ended = true
    buffer = []
    signal?.removeEventListener('abort', end)
    for (const resolve of waiting) resolve({ value: undefined, done: true })
    waiting = []
    onEnd()
  }

  const push = (event: PubSubEvent) => {
    if (ended) return
    const resolve = waiting.shift()
    if (resolve) return resolve({ value: event, done: false })
    if (buffer.length >= limit) buffer = [{ kind: 'gap' }]
    if (event.kind === 'gap' && buffer.at(-1)?.kind === 'gap') return
    buffer.push(event)
  }

  const events: AsyncIterableIterator<PubSubEvent> = {
    [Symbol.asyncIterator]: () => events,
    next() {
      const event = buffer.shift()
      if (event) return Promise.resolve({ value: event, done: false })
      if (ended) return Promise.resolve({ value: undefined, done: true })
      return new Promise((resolve) => waiting.push(resolve))
    },
    return() {
      end()
      return Promise.resolve({ value: undefined, done: true })
    },
  }

  signal?.addEventListener('abort', end, { once: true })
  return { push, end, events }
}

/** The subscribers of this process by channel. */
export interface Subscribers {
  /** `onLast` runs when the channel's last subscriber here has ended. An aborted `signal` gives one that has ended. */
  add(channel: string, signal: AbortSignal | undefined, onLast?: () => void): Subscriber
  deliver(channel: string, message: string): void
  /** Tells every subscriber that messages may have been missed. */
  gap(): void
  channels(): string[]
  endAll(): void
}

export function createSubscribers(): Subscribers {
  const byChannel = new Map<string, Set<Subscriber>>()
  const all = () => [...byChannel.values()].flatMap((set) => [...set])
  return {
    add(channel, signal, onLast) {
      if (signal?.aborted) {
        const stillborn = createSubscriber({ onEnd() {} })
        stillborn.end()
        return stillborn
      }
      const set = byChannel.get(channel) ?? new Set<Subscriber>()
      const subscriber = createSubscriber({
        signal,
        onEnd() {
          set.delete(subscriber)
          if (set.size > 0 || byChannel.get(channel) !== set) return
          byChannel.delete(channel)
          onLast?.()
        },
      })
      byChannel.set(channel, set.add(subscriber))
      return subscriber
    },
    deliver(channel, message) {
      for (const subscriber of byChannel.get(channel) ?? []) subscriber.push({ kind: 'message', message })
    },
    gap() {
      for (const subscriber of all()) subscriber.push({ kind: 'gap' })
    },
    channels: () => [...byChannel.keys()],
    endAll() {
      for (const subscriber of all()) subscriber.end()
    },
  }
}
