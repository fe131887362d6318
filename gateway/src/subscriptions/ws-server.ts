import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { Logger } from '@archivolt/kit/log/logger'
import { clientInfo } from '../http/client-info.ts'
import type { Origins } from '../http/origins.ts'
import type { SharedState } from '../shared-state.ts'
import { keepAlive } from './keep-alive.ts'
import { followSessions } from './session-ends.ts'
import { socketHooks, type Connection, type HookDeps } from './socket-hooks.ts'

interface Deps extends HookDeps {
  http: Server
  origins: Origins
  proxies: number
  pubsub: SharedState['pubsub']
  log: Logger
  /** @default 5000 */
  initWithinMs?: number
  /** @default 15000 */
  pingEveryMs?: number
}

const MAX_MESSAGE_BYTES = 64 * 1024
const CLOSE_WITHIN_MS = 2000

/**
 * Subscriptions at `/graphql` over WebSocket, protocol graphql-transport-ws.
 * @returns closes every socket with 1001 (going away) and accepts none any more
 */
export function acceptSockets(deps: Deps): () => Promise<void> {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  })
  const graphql = makeServer({ connectionInitWaitTimeout: deps.initWithinMs ?? 5000, ...socketHooks(deps) })
  const connections = new Set<Connection>()
  let closing = false

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    if (closing) return refuse(socket, '503 Service Unavailable')
    if (request.url?.split('?')[0] !== '/graphql') return refuse(socket, '404 Not Found')
    if (!deps.origins.mayCall(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden')
    wss.handleUpgrade(request, socket, head, (opened) => {
      const gone = new AbortController()
      const connection: Connection = {
        socket: opened,
        client: clientInfo(request, deps.proxies),
        gone: gone.signal,
        session: null,
      }
      connections.add(connection)
      const closed = graphql.opened(
        {
          protocol: opened.protocol,
          send: (data) =>
            new Promise((resolve, reject) => {
              if (opened.readyState === opened.OPEN) opened.send(data, (error) => (error ? reject(error) : resolve()))
              else resolve()
            }),
          close: (code, reason) => opened.close(code, reason),
          onMessage: (take) =>
            opened.on('message', (data) => {
              take(String(data)).catch((error: unknown) => {
                // A client that is gone while an answer is on its way is no fault of ours.
                if (opened.readyState === opened.OPEN) deps.log.error({ err: error }, 'a socket message failed')
                opened.close(CloseCode.InternalServerError, 'Internal server error')
              })
            }),
        },
        connection,
      )
      // A message that is too large, or none at all: ws closes by itself and says why in the close code.
      opened.on('error', () => {})
      opened.once('close', (code, reason) => {
        gone.abort()
        connections.delete(connection)
        closed(code, String(reason)).catch((error: unknown) =>
          deps.log.error({ err: error }, 'a socket could not be cleaned up'),
        )
      })
    })
  }
  deps.http.on('upgrade', upgrade)

  const stopPings = keepAlive(wss, deps.pingEveryMs ?? 15_000)
  const stopFollowing = followSessions(deps.pubsub, connections, deps.authenticator, deps.log)

  return async () => {
    closing = true
    stopPings()
    await stopFollowing()
    const all = [...connections].map(({ socket }) => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.close(1001, 'Going away')
      setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref()
      return closed
    })
    await Promise.all(all)
    wss.close()
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
