import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TestServer {
  port: number
  /** What arrived, in order. */
  requests: { url: string; method: string; headers: IncomingMessage['headers'] }[]
  /** How often somebody connected, with or without a request. */
  connections: number
}

/** A server on 127.0.0.1 for the time of one test, over TLS when it is given a certificate. */
export async function serve(
  answer: RequestListener = (_request, response) => response.end('ok'),
  tls?: { key: string; cert: string },
): Promise<TestServer> {
  const seen: TestServer = { port: 0, requests: [], connections: 0 }
  const listener: RequestListener = (request, response) => {
    seen.requests.push({ url: request.url!, method: request.method!, headers: request.headers })
    answer(request, response)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', () => seen.connections++)
  seen.port = await listen(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return seen
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** An answer that sends on. */
export const redirect =
  (location: string, status = 302): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { location }).end('moved')
