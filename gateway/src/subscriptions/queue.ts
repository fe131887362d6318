export interface Queue<T> {
  push(value: T): void
  /** Ends after what was pushed is taken. */
  end(): void
  /** Throws at the next step; what is waiting is dropped. */
  fail(error: Error): void
  readonly iterator: AsyncIterableIterator<T>
}

/** A reader that is this far behind is not reading any more. */
const MAX_WAITING = 1000

/**
 * Turns pushes into an async iterator whose `return()` takes effect at once. A native async generator would queue it
 * behind a pending `next()`, and so never close a source that says nothing.
 * @param onEnd called once, however it ends
 */
export function createQueue<T>({ onEnd }: { onEnd(): void }): Queue<T> {
  const waiting: T[] = []
  let taker: PromiseWithResolvers<IteratorResult<T>> | undefined
  let ended = false
  let failure: Error | undefined

  const finish = (): boolean => {
    if (ended) return false
    ended = true
    onEnd()
    return true
  }
  const done = (): IteratorResult<T> => ({ done: true, value: undefined })
  const queue: Queue<T> = {
    push(value) {
      if (ended) return
      if (taker) {
        taker.resolve({ done: false, value })
        taker = undefined
      } else if (waiting.push(value) > MAX_WAITING) {
        queue.fail(new Error('the events are not taken fast enough'))
      }
    },
    end() {
      if (!finish()) return
      taker?.resolve(done())
      taker = undefined
    },
    fail(error) {
      if (!finish()) return
      waiting.length = 0
      if (taker) taker.reject(error)
      else failure = error
      taker = undefined
    },
    iterator: {
      async next() {
        const value = waiting.shift()
        if (value !== undefined) return { done: false, value }
        if (failure) {
          const error = failure
          failure = undefined
          throw error
        }
        if (ended) return done()
        taker ??= Promise.withResolvers()
        return taker.promise
      },
      async return() {
        waiting.length = 0
        queue.end()
        return done()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    },
  }
  return queue
}
