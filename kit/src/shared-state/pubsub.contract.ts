import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PubSub, PubSubEvent } from './pubsub.ts'

export interface PubSubHarness {
  pubsub: PubSub
  /** A second process on the same store. */
  other: PubSub
  /** Makes the server drop the connections that `pubsub` listens on. */
  dropListener(): Promise<void>
  close(): Promise<void>
}

const message = (text: string): PubSubEvent => ({ kind: 'message', message: text })

/** What every PubSub keeps to. */
export function describePubSubContract(name: string, makeAdapter: () => Promise<PubSubHarness>): void {
  describe(`${name} pub/sub`, () => {
    let harness: PubSubHarness
    beforeAll(async () => {
      harness = await makeAdapter()
    })
    afterAll(() => harness?.close())

    const read = async (events: AsyncIterableIterator<PubSubEvent>): Promise<PubSubEvent | 'end'> => {
      const result = await events.next()
      return result.done ? 'end' : result.value
    }

    it('delivers what is published after subscribing, in order, across processes', async () => {
      const events = await harness.pubsub.subscribe('documents:1')
      await harness.other.publish('documents:1', 'a')
      await harness.other.publish('documents:2', 'of another channel')
      await harness.pubsub.publish('documents:1', 'line\nbreak and ü')
      expect(await read(events)).toEqual(message('a'))
      expect(await read(events)).toEqual(message('line\nbreak and ü'))
      await events.return!()
    })

    it('delivers to each subscriber of a channel, also when two subscribe at once', async () => {
      const [first, second] = await Promise.all([harness.pubsub.subscribe('both'), harness.pubsub.subscribe('both')])
      await harness.other.publish('both', '1')
      expect(await read(first)).toEqual(message('1'))
      expect(await read(second)).toEqual(message('1'))
      await first.return!()
      await harness.other.publish('both', '2')
      expect(await read(second)).toEqual(message('2'))
      expect(await read(first)).toBe('end')
      await second.return!()
    })

    it('delivers after leaving a channel and coming back at once', async () => {
      const first = await harness.pubsub.subscribe('again')
      void first.return!()
      const second = await harness.pubsub.subscribe('again')
      await harness.other.publish('again', 'a')
      expect(await read(second)).toEqual(message('a'))
      await second.return!()
    })

    it('ends at once on abort, while a read is waiting', async () => {
      const controller = new AbortController()
      const events = await harness.pubsub.subscribe('quiet', { signal: controller.signal })
      const waiting = read(events)
      controller.abort()
      expect(await waiting).toBe('end')
      expect(await read(events)).toBe('end')
    })

    it('ends at once on return, while a read is waiting', async () => {
      const events = await harness.pubsub.subscribe('quiet')
      const waiting = read(events)
      await events.return!()
      expect(await waiting).toBe('end')
    })

    it('has ended from the start with an aborted signal', async () => {
      const events = await harness.pubsub.subscribe('quiet', { signal: AbortSignal.abort() })
      expect(await read(events)).toBe('end')
    })

    it('takes 7,000 bytes and refuses one more, in characters of several bytes too', async () => {
      const events = await harness.pubsub.subscribe('size')
      const full = 'ü'.repeat(3_500)
      await harness.other.publish('size', full)
      expect(await read(events)).toEqual(message(full))
      await expect(harness.other.publish('size', `${full}a`)).rejects.toThrow(/7000 bytes.*7001/)
      await events.return!()
    })

    it('refuses a channel name that is empty or has a line break, and a message with a NUL', async () => {
      await expect(harness.pubsub.publish('', 'a')).rejects.toThrow(RangeError)
      await expect(harness.pubsub.publish('a\nb', 'a')).rejects.toThrow(RangeError)
      await expect(harness.pubsub.subscribe('a\nb')).rejects.toThrow(RangeError)
      await expect(harness.pubsub.publish('a', '\0')).rejects.toThrow(RangeError)
    })

    it('reads a gap after the server dropped the connection, then messages again', async () => {
      const events = await harness.pubsub.subscribe('dropped')
      const another = await harness.pubsub.subscribe('dropped too')
      await harness.dropListener()
      expect(await read(events)).toEqual({ kind: 'gap' })
      expect(await read(another)).toEqual({ kind: 'gap' })
      await harness.other.publish('dropped', 'back')
      expect(await read(events)).toEqual(message('back'))
      await Promise.all([events.return!(), another.return!()])
    })

    it('lets one subscribe while disconnected, and says so by a gap', async () => {
      const before = await harness.pubsub.subscribe('before')
      await harness.dropListener()
      const events = await harness.pubsub.subscribe('meanwhile')
      expect(await read(before)).toEqual({ kind: 'gap' })
      await harness.other.publish('meanwhile', 'a')
      // Whether this one reads the gap depends on whether it came before or after the reconnection.
      const first = await read(events)
      expect(first === 'end' || first.kind === 'message' ? first : await read(events)).toEqual(message('a'))
      await Promise.all([before.return!(), events.return!()])
    })

    it('ends its subscriptions when it is closed, and takes no more', async () => {
      const own = await makeAdapter()
      const events = await own.pubsub.subscribe('closing')
      const waiting = read(events)
      await own.pubsub.close()
      expect(await waiting).toBe('end')
      await expect(own.pubsub.subscribe('closing')).rejects.toThrow(/closed/)
      await own.close()
    })
  })
}
