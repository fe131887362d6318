/** Which web pages may talk to the gateway. */
export interface Origins {
  /** Whether a page of this origin may call; a caller without one is no browser. */
  mayCall(origin: string | undefined, host: string | undefined): boolean
  /** Whether a page of another origin may read the answers, cookies included. */
  mayReadAcross(origin: string): boolean
}

/** @param listed exact origins besides the gateway's own, however that is addressed */
export function createOrigins(listed: readonly string[]): Origins {
  const known = new Set(listed)
  return {
    mayCall(origin, host) {
      if (origin === undefined || known.has(origin)) return true
      // On a local network the vault is reached by addresses that nobody configured.
      return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
    },
    mayReadAcross: (origin) => known.has(origin),
  }
}
