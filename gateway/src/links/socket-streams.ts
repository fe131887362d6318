import type { ExecutionResult } from 'graphql'
import { createClient, type Client, type SubscribePayload } from 'graphql-ws'
import WebSocket from 'ws'
import { SubgraphUnreachable, type SubgraphCall } from '@archivolt/kit/server/subgraph-link'
import { createQueue, type Queue } from '../subscriptions/queue.ts'

export interface Streams {
  open(call: SubgraphCall): AsyncIterableIterator<ExecutionResult>
  close(): Promise<void>
}

const PING_EVERY_MS = 15_000
const PONG_WITHIN_MS = 5000

/** An idle socket is kept this long for the next subscription; a stopping process waits for it too. */
const LINGER_MS = 1000

/**
 * All subscriptions to one subgraph, over one socket that is opened with the first of them. A lost socket ends each
 * of them with SubgraphUnreachable: resubscribing would silently skip what happened in between.
 */
export function createStreams(name: string, url: string): Streams {
  const open = new Map<Queue<ExecutionResult>, () => void>()
  const lose = (cause: unknown): void => {
    for (const [queue, unsubscribe] of [...open]) {
      queue.fail(new SubgraphUnreachable(name, { cause }))
      // Before graphql-ws decides whether to reconnect: with nobody left it does not.
      unsubscribe()
    }
  }
  let client: Client | undefined

  return {
    open(call) {
      client ??= connect(url, lose)
      const queue = createQueue<ExecutionResult>({
        onEnd: () => {
          open.get(queue)?.()
          open.delete(queue)
          call.signal?.removeEventListener('abort', queue.end)
        },
      })
      const unsubscribe = client.subscribe<Record<string, unknown>>(toPayload(call), {
        next: (result) => queue.push(result as ExecutionResult),
        complete: queue.end,
        error: (error) => {
          if (!Array.isArray(error)) return queue.fail(new SubgraphUnreachable(name, { cause: error }))
          queue.push({ errors: error })
          queue.end()
        },
      })
      open.set(queue, unsubscribe)
      call.signal?.addEventListener('abort', queue.end, { once: true })
      if (call.signal?.aborted) queue.end()
      return queue.iterator
    },
    async close() {
      lose(new Error('the gateway is closing'))
      await client?.dispose()
    },
  }
}

function toPayload(call: SubgraphCall): SubscribePayload {
  const { query, variables, operationName } = JSON.parse(call.body) as SubscribePayload
  return { query, variables, operationName, extensions: { identity: call.identity } }
}

function connect(url: string, lose: (cause: unknown) => void): Client {
  const address = new URL('/graphql', url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  let socket: WebSocket | undefined
  let overdue: NodeJS.Timeout | undefined
  let nextId = 0
  return createClient({
    url: address.href,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionAckWaitTimeout: 5000,
    lazyCloseTimeout: LINGER_MS,
    keepAlive: PING_EVERY_MS,
    generateID: () => String(nextId++),
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      ping: (received) => {
        if (!received) overdue = setTimeout(() => socket?.terminate(), PONG_WITHIN_MS).unref()
      },
      pong: (received) => {
        if (received) clearTimeout(overdue)
      },
      closed: (event) => {
        clearTimeout(overdue)
        lose(event)
      },
    },
  })
}
