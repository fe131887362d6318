import type { WebSocket, WebSocketServer } from 'ws'

/**
 * Pings every socket, and cuts those that did not answer the ping before: a client that lost its network says nothing.
 * @returns stops it
 */
export function keepAlive(wss: WebSocketServer, everyMs: number): () => void {
  const silent = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const socket of wss.clients) {
      if (silent.has(socket)) {
        socket.terminate()
        continue
      }
      silent.add(socket)
      socket.once('pong', () => silent.delete(socket))
      socket.ping()
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
