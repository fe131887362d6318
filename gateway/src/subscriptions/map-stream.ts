/**
 * `source` with each value changed by `change`, one at a time. `return()` takes effect at once, also while a value is
 * awaited or changed, and calls `stop`; so does the end of the source. Written by hand because a native async
 * generator queues `return()` behind a pending `next()`.
 */
export function mapStream<In, Out>(
  source: AsyncIterableIterator<In>,
  change: (value: In) => Promise<Out>,
  stop: () => void,
): AsyncIterableIterator<Out> {
  let ended = false
  let pending: PromiseWithResolvers<IteratorResult<Out>> | undefined

  const done = (): IteratorResult<Out> => ({ done: true, value: undefined })
  const end = (): void => {
    if (ended) return
    ended = true
    stop()
    // Not awaited: a source that is still opening would hold up its reader.
    void source.return?.().then(undefined, () => {})
  }
  const step = async (): Promise<IteratorResult<Out>> => {
    try {
      const taken = await source.next()
      if (ended || taken.done) {
        end()
        return done()
      }
      return { done: false, value: await change(taken.value) }
    } catch (error) {
      if (ended) return done()
      end()
      throw error
    }
  }

  return {
    next() {
      if (ended) return Promise.resolve(done())
      const current = (pending = Promise.withResolvers<IteratorResult<Out>>())
      step().then(current.resolve, current.reject)
      return current.promise
    },
    async return() {
      end()
      pending?.resolve(done())
      return done()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
