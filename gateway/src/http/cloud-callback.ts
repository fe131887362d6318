import type { FastifyInstance } from 'fastify'
import { networkOf } from '@archivolt/kit/net/network-of'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { errorBody } from './answer-error.ts'
import { clientInfo } from './client-info.ts'
import type { ByteHandler } from './files.ts'

interface Options {
  /** Hands the request on to storage, as it came and for nobody in particular. */
  handle: ByteHandler
  rateLimits: Pick<RateLimits, 'consume'>
  /** How many proxies of ours stand in front. */
  proxies: number
}

/** A person comes back from a provider a few times an hour; whoever guesses comes more often. */
const LIMIT = { points: 30, windowSeconds: 60 }

/**
 * `/api/cloud/{provider}/callback`: where providers of clouds send people back to. The browser brings no sign of who the
 * person is, so storage takes nothing but the provider's answer from it.
 */
export function addCloudCallback(app: FastifyInstance, { handle, rateLimits, proxies }: Options): void {
  app.route({
    method: 'GET',
    url: '/api/cloud/:provider/callback',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { ip } = clientInfo(request.raw, proxies)
      const { allowed, retryAfterSeconds } = await rateLimits.consume(`cloud-callback:${networkOf(ip)}`, LIMIT)
      if (!allowed) {
        const body = errorBody(request, 'RATE_LIMITED', `Too many attempts. Try again in ${retryAfterSeconds} s.`)
        return reply.code(429).header('retry-after', retryAfterSeconds).header('cache-control', 'no-store').send(body)
      }
      delete request.raw.headers.cookie
      delete request.raw.headers.authorization
      reply.hijack()
      handle(request.raw, reply.raw)
      return reply
    },
  })
}
