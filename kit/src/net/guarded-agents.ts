import type http from 'node:http'
import type https from 'node:https'
import { Agent, buildConnector } from 'undici'
import type { Cidr } from './address-policy.ts'
import { createGuardedFetch } from './guarded-fetch.ts'
import { judgingLookup, refusalOfLiteral, type HostPolicy, type Lookup } from './judge-host.ts'
import { createNodeAgents } from './node-agents.ts'
import { DEFAULT_TIMEOUTS, type Timeouts } from './timeouts.ts'

export interface GuardedAgentsOptions {
  /** Networks opened by an administrator, from `parseAllowedNetworks`. */
  allowed: readonly Cidr[]
  timeouts?: Partial<Timeouts>
  /** Asked for names only, once for each connection. @default the system's resolver */
  lookup?: Lookup
}

export interface GuardedAgents {
  /** Give both to a client that speaks `node:http`: with one missing it makes its own, which judges nothing. */
  http: http.Agent
  https: https.Agent
  dispatcher: Agent
  /**
   * `fetch` over `dispatcher`. It follows five redirects, none from https to http, and sends neither credentials nor a
   * body to another origin. Bodies are strings, bytes, streams, Blobs or URLSearchParams.
   * @throws AddressRefusedError, InsecureAddressError, RedirectRefusedError
   */
  fetch: typeof globalThis.fetch
  /** Cuts what is still in flight. */
  close(): Promise<void>
}

/**
 * The one way to addresses that a person typed in. Whatever the client, the address that is actually connected to is
 * judged, for each connection and so for each redirect.
 */
export function createGuardedAgents(options: GuardedAgentsOptions): GuardedAgents {
  const policy: HostPolicy = { allowed: options.allowed, lookup: options.lookup }
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
  const agents = createNodeAgents(policy, timeouts)
  const dispatcher = createDispatcher(policy, timeouts)
  return {
    ...agents,
    dispatcher,
    fetch: createGuardedFetch(dispatcher),
    async close() {
      agents.http.destroy()
      agents.https.destroy()
      await dispatcher.destroy()
    },
  }
}

function createDispatcher(policy: HostPolicy, timeouts: Timeouts): Agent {
  const connectors = [false, true].map((secure) =>
    buildConnector({ lookup: judgingLookup(secure, policy), timeout: timeouts.connect, allowH2: false }),
  )
  const [plain, secure] = connectors as [buildConnector.connector, buildConnector.connector]
  return new Agent({
    connect(options, callback) {
      const isSecure = options.protocol === 'https:'
      const refusal = refusalOfLiteral(options.hostname, isSecure, policy)
      if (refusal) callback(refusal, null)
      else (isSecure ? secure : plain)(options, callback)
    },
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
    connections: 64,
    keepAliveTimeout: 10_000,
    // A server's wish to be kept longer does not put off the next judgement.
    keepAliveMaxTimeout: 30_000,
  })
}
