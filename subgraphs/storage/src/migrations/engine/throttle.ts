/** Holds bytes back so that no more than a set number pass per second, however many streams share it. */
export interface Throttle {
  /** Null lets everything through. Takes effect at once, also for who is waiting. */
  setRate(bytesPerSecond: number | null): void
  /** Resolves when so many more bytes may pass. @throws the signal's reason */
  take(bytes: number, signal: AbortSignal): Promise<void> | void
}

/** After a quiet time so much may pass at once. */
const BURST_MS = 250

/**
 * @param clock.now milliseconds
 * @param clock.sleep rejects with the signal's reason
 */
export function createThrottle(clock: {
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}): Throttle {
  let rate: number | null = null
  /** When all that was let through is paid for. */
  let paidAt = 0
  let changed = new AbortController()

  const wait = async (bytes: number, signal: AbortSignal): Promise<void> => {
    let owed = bytes
    while (rate !== null) {
      const asked = rate
      paidAt = Math.max(paidAt, clock.now() - BURST_MS) + (owed / asked) * 1000
      const due = paidAt - clock.now()
      if (due <= 0) return
      const any = AbortSignal.any([signal, changed.signal])
      const slept = await clock.sleep(due, any).then(
        () => true,
        () => false,
      )
      signal.throwIfAborted()
      if (slept) return
      // Another rate: what is still owed is paid at that one.
      owed = Math.max(0, Math.min(owed, ((paidAt - clock.now()) / 1000) * asked))
      paidAt = clock.now()
    }
  }

  return {
    setRate(bytesPerSecond) {
      if (bytesPerSecond === rate) return
      rate = bytesPerSecond
      changed.abort()
      changed = new AbortController()
    },
    take: (bytes, signal) => (rate === null ? undefined : wait(bytes, signal)),
  }
}
