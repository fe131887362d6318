/** The secret of a mail's link. It stands after the `#`, which browsers send to no server; null when there is none. */
export function mailToken(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') || null
}
