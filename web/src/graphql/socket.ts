import { createClient } from 'graphql-ws'
import type { Tokens } from './tokens.ts'

const LONGEST_WAIT = 30_000

export interface Socket {
  subscribe: ReturnType<typeof createClient>['subscribe']
  /** Calls back whenever a connection stands again after a break: events in between are lost. */
  onReconnect(callback: () => void): () => void
  /** Whether a connection stands, so that events can be relied on. */
  live(): boolean
  /** Ends the present connection; living subscriptions move to a new one, with a fresh token. */
  renew(): void
}

export function createSocket(tokens: Tokens): Socket {
  let live = false
  const client = createClient({
    url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    keepAlive: 15_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    async retryWait(retries) {
      // Spread, so that a restarted server does not meet all its clients in the same second.
      const wait = Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(retries, 6))
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)))
    },
    async connectionParams() {
      if (!tokens.fresh()) await tokens.refresh()
      const authorization = tokens.header()
      return authorization ? { authorization } : {}
    },
  })
  client.on('connected', () => (live = true))
  client.on('closed', () => (live = false))
  return {
    subscribe: client.subscribe.bind(client),
    onReconnect: (callback) => client.on('connected', (_socket, _payload, wasRetry) => wasRetry && callback()),
    live: () => live,
    renew: () => client.terminate(),
  }
}
