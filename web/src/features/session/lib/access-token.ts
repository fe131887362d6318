const MARGIN = 20_000
const ASSUMED = 30_000

export interface AccessToken {
  value: string
  /** On this device's own clock. */
  staleAt: number
}

/**
 * A device whose clock runs ahead would hold every token for expired and refresh without end; so a token that seems to
 * be so counts as good for a while, and the server's refusal decides.
 */
export function holdToken(value: string, expiresAt: string, now = Date.now()): AccessToken {
  const left = Date.parse(expiresAt) - now
  return { value, staleAt: now + (left > 0 ? left - Math.min(MARGIN, left * 0.2) : ASSUMED) }
}
