import type { Client } from '@archivolt/kit/identity/identity'
import type { Session } from './identity/authenticate.ts'
import type { EventStream } from './subscriptions/bridge.ts'

export type ClientInfo = Required<Client>

/** What one operation knows of the request it came with. */
export interface GatewayContext {
  requestId: string
  /** Null for an anonymous caller: whether that is enough is each subgraph's decision. */
  session: Session | null
  client: ClientInfo
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal
  /** Present over HTTP: only there can a cookie travel back. */
  cookies?: CookieJar
  /** Present over WebSocket: only there can a stream travel back. */
  stream?: StreamSlot
}

export interface CookieJar {
  /** `name=value` of the refresh cookie and of the device cookie, as the browser sent them. */
  session?: string
  /** Adds `set-cookie` values to the answer. */
  set(values: readonly string[]): void
}

export interface StreamSlot {
  /** Where the executor leaves the stream it opened. */
  opened?: EventStream
  /** Rejects when the stream may not go on. */
  beforeEvent(): Promise<void>
}
