/** How long an address may take, in milliseconds. */
export interface Timeouts {
  /** DNS, TCP and TLS together. */
  connect: number
  /** From the request to the headers of its answer. */
  headers: number
  /** Longest silence within an answer. */
  body: number
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, body: 60_000 }
