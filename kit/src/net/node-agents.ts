import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { judgingLookup, refusalOfLiteral, type HostPolicy } from './judge-host.ts'
import { ConnectionTimeoutError } from './net.errors.ts'
import type { Timeouts } from './timeouts.ts'

type Created = (error: Error | null, socket: Duplex) => void
type Options = http.ClientRequestArgs

/** Few enough that one address cannot use up the process' sockets, many enough for a migration's parallel transfers. */
const MAX_SOCKETS = 64

/** Agents for clients that speak `node:http`. Each socket they open was judged; kept ones lead to judged addresses. */
export function createNodeAgents(policy: HostPolicy, timeouts: Timeouts): { http: http.Agent; https: https.Agent } {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: timeouts.body }

  const open = (
    secure: boolean,
    given: Options,
    created: Created | undefined,
    connect: (options: Options) => Duplex,
  ) => {
    const refusal = refusalOfLiteral(given.host ?? 'localhost', secure, policy)
    if (refusal) {
      created?.(refusal, undefined as never)
      return undefined
    }
    // Without `path`: with it, a socket file of this machine would be opened instead of an address.
    const socket = connect({ ...given, path: undefined, lookup: judgingLookup(secure, policy) }) as Socket
    return limit(socket, secure ? 'secureConnect' : 'connect', timeouts)
  }

  class GuardedHttpAgent extends http.Agent {
    override createConnection(given: Options, created?: Created) {
      return open(false, given, created, (safe) => super.createConnection(safe) as Duplex)
    }
  }

  class GuardedHttpsAgent extends https.Agent {
    override createConnection(given: Options, created?: Created) {
      return open(true, given, created, (safe) => super.createConnection(safe) as Duplex)
    }
  }

  return { http: new GuardedHttpAgent(options), https: new GuardedHttpsAgent(options) }
}

/** Ends a socket that does not connect in time or falls silent: an agent's own timeout only tells, and few clients listen. */
function limit(socket: Socket, connected: 'connect' | 'secureConnect', { connect, body }: Timeouts): Socket {
  const timer = setTimeout(
    () => socket.destroy(new ConnectionTimeoutError(`no connection within ${connect} ms`)),
    connect,
  )
  const done = () => clearTimeout(timer)
  return socket
    .once(connected, done)
    .once('close', done)
    .on('timeout', () => socket.destroy(new ConnectionTimeoutError(`silent for ${body} ms`)))
}
