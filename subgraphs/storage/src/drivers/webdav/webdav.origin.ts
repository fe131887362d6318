import type { Agent as HttpAgent, ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import { RedirectRefusedError } from '@archivolt/kit/net/net.errors'

type Created = (error: Error | null, socket: Duplex) => void
/** What an agent opens its sockets with. */
interface Connecting {
  createConnection(options: ClientRequestArgs, created?: Created): Duplex | null | undefined
}

/**
 * The same agent for one origin alone. The client underneath follows redirects by itself, and takes the password along to
 * other ports and to names below that of the server: here such a request ends before a connection is made.
 */
export function forOrigin<Agent extends HttpAgent>(agent: Agent, address: string): Agent {
  const home = new URL(address)
  const { protocol } = agent as { protocol?: string }
  const own: Connecting = {
    createConnection(options, created) {
      const isHome = protocol === home.protocol && nameOf(options.host) === nameOf(home.hostname)
      if (isHome && Number(options.port) === portOf(home)) {
        return (agent as unknown as Connecting).createConnection.call(this, options, created)
      }
      created?.(new RedirectRefusedError('to another server'), undefined as never)
      return undefined
    },
  }
  // Its pool stays shared: sockets that are kept in it were opened here.
  return Object.assign(Object.create(agent) as Agent, own)
}

const nameOf = (host: string | null | undefined): string => (host ?? '').replace(/^\[(.*)\]$/, '$1').toLowerCase()
const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80))
