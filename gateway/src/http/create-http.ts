import { randomUUID } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'

const MAX_CONNECTIONS = 20_000

/** An HTTP server that slow or many clients do not wear out. Request ids are its own; a client's are not taken. */
export function createHttp(): FastifyInstance {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // Node bounds whole requests for all paths alike; uploads take what they take, the rest is bounded by a hook.
    http: { headersTimeout: 15_000, requestTimeout: 0, connectionsCheckingInterval: 5000 },
    // Idle in both directions; the longest silence is storage flushing an upload before it answers.
    connectionTimeout: 320_000,
    keepAliveTimeout: 65_000,
  })
  app.server.maxConnections = MAX_CONNECTIONS
  return app
}
