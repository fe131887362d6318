/** Signed requests and tokens are refused when clocks are some minutes apart: one minute is a warning in time. */
const MOST_SKEW_MS = 60_000
const LOW_BYTES = 1024 ** 3

/** What needs care although a place works, in a sentence; null when nothing does. */
export function warningOf({ freeBytes, skewMs }: { freeBytes: number | null; skewMs: number | null }): string | null {
  const sentences = [
    freeBytes !== null && freeBytes < LOW_BYTES
      ? `Less than ${Math.max(1, Math.ceil(freeBytes / 1024 ** 2))} MiB is left there. Free space, or choose another place for new documents.`
      : null,
    skewMs !== null && Math.abs(skewMs) > MOST_SKEW_MS
      ? `Its clock is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the one of this machine. ` +
        'Set both by a time server, or its signatures and tokens will be refused.'
      : null,
  ].filter((sentence) => sentence !== null)
  return sentences.length > 0 ? sentences.join(' ') : null
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 2) return `${Math.round(ms / 1000)} s`
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
