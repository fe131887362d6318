import type { FastifyInstance } from 'fastify'
import type { Origins } from './origins.ts'

const METHODS = 'GET, HEAD, POST, PUT, OPTIONS'
const REQUEST_HEADERS = 'authorization, content-type, range, if-range, if-none-match'
const RESPONSE_HEADERS =
  'x-request-id, retry-after, etag, content-range, accept-ranges, content-disposition, content-length, location'

/** How long a browser need not ask again, in seconds. Chromium keeps it no longer than this. */
const PREFLIGHT_AGE = '7200'

/** Lets pages of the listed origins read answers; every other origin gets no word about it. */
export function addCors(app: FastifyInstance, origins: Origins): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    // On the raw response, because the byte endpoint writes past fastify.
    reply.raw.appendHeader('vary', 'origin')
    const listed = origin !== undefined && origins.mayReadAcross(origin)
    if (listed) {
      reply.raw.setHeader('access-control-allow-origin', origin)
      reply.raw.setHeader('access-control-allow-credentials', 'true')
      reply.raw.setHeader('access-control-expose-headers', RESPONSE_HEADERS)
    }
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return undefined
    if (listed) {
      reply.raw.setHeader('access-control-allow-methods', METHODS)
      reply.raw.setHeader('access-control-allow-headers', REQUEST_HEADERS)
      reply.raw.setHeader('access-control-max-age', PREFLIGHT_AGE)
    }
    return reply.code(204).send()
  })
}
