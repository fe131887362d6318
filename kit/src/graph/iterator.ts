export const SKIP: unique symbol = Symbol('skip')

/**
 * Maps a stream of events to a stream of values. `first` values come before any event; events mapped to SKIP are left
 * out. Written by hand: an async generator queues `return()` behind a pending `next()`, and an idle subscription would
 * then never close.
 */
export function mapEvents<Event, Value>(
  source: AsyncIterable<Event>,
  map: (event: Event) => Promise<Value | typeof SKIP> | Value | typeof SKIP,
  first: Value[] = [],
): AsyncIterableIterator<Value> {
  const iterator = source[Symbol.asyncIterator]()
  const waiting = [...first]
  let ended = false
  return {
    async next() {
      for (;;) {
        if (ended) return { done: true, value: undefined }
        if (waiting.length) return { done: false, value: waiting.shift() as Value }
        const step = await iterator.next()
        if (step.done) return { done: true, value: undefined }
        const value = await map(step.value)
        if (value !== SKIP) waiting.push(value)
      }
    },
    async return() {
      ended = true
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      ended = true
      await iterator.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
