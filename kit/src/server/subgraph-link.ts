import type { ExecutionResult } from 'graphql'

/** One GraphQL call to a subgraph, as it goes over the wire. `body` is the JSON text that the signed identity covers. */
export interface SubgraphCall {
  /** `{"query", "variables", "operationName"}` as JSON. */
  body: string
  /** The signed identity for exactly this body. */
  identity: string
  /** The refresh cookie, for identity's session mutations alone. */
  cookie?: string
  signal?: AbortSignal
}

export interface SubgraphReply {
  result: ExecutionResult
  /** `set-cookie` values; only identity's session mutations answer any. */
  setCookies: string[]
}

/**
 * The way from the gateway to one subgraph. There are two: over HTTP and WebSocket, and in the same process.
 * Both carry the same signed identity and meet the same checks.
 */
export interface SubgraphLink {
  readonly name: string
  /**
   * @throws SubgraphUnreachable when the subgraph does not answer, or answers something that is not GraphQL.
   */
  execute(call: SubgraphCall): Promise<SubgraphReply>
  /**
   * Opens a subscription. Iteration ends when the source ends, and throws SubgraphUnreachable when it is lost.
   * `signal` or `return()` closes it upstream, also before the first event.
   */
  subscribe(call: SubgraphCall): AsyncIterableIterator<ExecutionResult>
  close(): Promise<void>
}

/** A subgraph did not answer. The cause stays inside; its text may name internal addresses. */
export class SubgraphUnreachable extends Error {
  readonly subgraph: string
  constructor(subgraph: string, options?: { cause?: unknown }) {
    super(`The ${subgraph} service is not reachable right now.`, options)
    this.name = 'SubgraphUnreachable'
    this.subgraph = subgraph
  }
}
