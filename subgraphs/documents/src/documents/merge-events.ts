/**
 * Several streams as one, in the order in which their values come. Ends when one of them ends; `return()` ends them all,
 * also while a `next()` is waiting.
 */
export function mergeEvents<Event>(sources: readonly AsyncIterableIterator<Event>[]): AsyncIterableIterator<Event> {
  const pending = new Map<
    AsyncIterableIterator<Event>,
    Promise<readonly [AsyncIterableIterator<Event>, IteratorResult<Event>]>
  >()
  const ask = (source: AsyncIterableIterator<Event>) =>
    pending.set(
      source,
      source.next().then((step) => [source, step] as const),
    )
  const endAll = async () => {
    await Promise.allSettled(sources.map((source) => source.return?.()))
  }
  return {
    async next() {
      for (const source of sources) if (!pending.has(source)) ask(source)
      const [source, step] = await Promise.race(pending.values())
      pending.delete(source)
      if (step.done) await endAll()
      return step
    },
    async return() {
      await endAll()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
