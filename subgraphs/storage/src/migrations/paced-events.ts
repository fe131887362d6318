interface PacedOptions<Value> {
  /** The present state; null when there is none to tell any more. Of a later read that fails, nothing is told: the next succeeds. */
  read(): Promise<Value | null>
  /** Whether nothing follows a state. */
  isLast(value: Value): boolean
  everyMs: number
}

/**
 * States instead of events: the first at once, then one for all that happened meanwhile, at most every `everyMs`; the last
 * event is never left out. Written by hand, since an async generator could not be left while it waits.
 */
export function pacedStates<Value>(
  source: AsyncIterableIterator<unknown>,
  { read, isLast, everyMs }: PacedOptions<Value>,
): AsyncIterableIterator<Value> {
  let stale = true
  let ended = false
  let told = false
  let notBefore = -Infinity
  let stirred = Promise.withResolvers<void>()
  const stir = () => {
    stirred.resolve()
    stirred = Promise.withResolvers<void>()
  }
  const end = async () => {
    ended = true
    stir()
    await source.return?.()
  }
  const listen = async () => {
    for await (const _event of source) {
      stale = true
      stir()
    }
    ended = true
    stir()
  }
  const pause = async (ms: number) => {
    if (ms <= 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    while (!ended) {
      const moved = await Promise.race([promise.then(() => true), stirred.promise.then(() => false)])
      if (moved) break
    }
    clearTimeout(timer)
  }
  listen().catch(end)

  return {
    async next() {
      while (!ended) {
        if (!stale) await stirred.promise
        else {
          await pause(notBefore - performance.now())
          if (ended) break
          stale = false
          notBefore = performance.now() + everyMs
          const value = await read().catch((error: unknown) => {
            if (!told) throw error
            stale = true
            notBefore = performance.now() + 1000
            return undefined
          })
          if (value === undefined) continue
          if (value === null) break
          told = true
          if (isLast(value)) await end()
          return { done: false, value }
        }
      }
      await end()
      return { done: true, value: undefined }
    },
    async return() {
      await end()
      return { done: true, value: undefined }
    },
    async throw(error) {
      await end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
