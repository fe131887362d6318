/** Callers that come while a run is under way share it; a failed run is not remembered. */
export function singleFlight<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => {
    running ??= Promise.resolve()
      .then(run)
      .finally(() => (running = null))
    return running
  }
}
