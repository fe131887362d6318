import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { InvalidInputError } from '../errors/domain-error.ts'
import { IDENTITY_HEADER, type Identity } from '../identity/identity.ts'
import { IdentityRefused, type VerifyIdentity } from '../identity/verify.ts'

export interface SignedRoute<Body> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  /** The services that may call it. */
  callers: readonly string[]
  body?: z.ZodType<Body>
  /** Bytes a body may have. @default what the server allows */
  bodyLimit?: number
  handler(call: {
    identity: Identity
    params: Record<string, string>
    query: Record<string, string>
    body: Body
    /** The raw request, for a body that is a stream of bytes: the signature covers method and path, not the bytes. */
    request: FastifyRequest
    reply: FastifyReply
    signal: AbortSignal
  }): Promise<unknown>
}

/** Adds one route of an internal contract: it answers only the named services, and only to a call signed for exactly it. */
export function addSignedRoute<Body = undefined>(
  http: FastifyInstance,
  verify: VerifyIdentity,
  route: SignedRoute<Body>,
): void {
  http.register(async (scope) => {
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    // Bytes stay a stream, for the handler to read.
    scope.addContentTypeParser('application/octet-stream', (_request: FastifyRequest, payload: IncomingMessage, done) =>
      done(null, payload),
    )
    scope.route({
      method: route.method,
      url: route.url,
      ...(route.bodyLimit && { bodyLimit: route.bodyLimit }),
      handler: async (request, reply) => {
        const raw = typeof request.body === 'string' ? request.body : ''
        const token = request.headers[IDENTITY_HEADER]
        const identity = await verify(typeof token === 'string' ? token : undefined, {
          method: request.method,
          path: request.url,
          body: raw,
        })
        if (!route.callers.includes(identity.caller)) throw new IdentityRefused('this caller may not use it')
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        return route.handler({
          identity,
          params: request.params as Record<string, string>,
          query: request.query as Record<string, string>,
          body: parseBody(route, raw, request),
          request,
          reply,
          signal: gone.signal,
        })
      },
    })
  })
}

function parseBody<Body>(route: SignedRoute<Body>, raw: string, request: FastifyRequest): Body {
  if (!route.body) return undefined as Body
  const parsed = route.body.safeParse(raw === '' ? undefined : JSON.parse(raw))
  if (!parsed.success)
    throw new InvalidInputError('body', `The body of ${request.method} ${route.url} is not as agreed.`)
  return parsed.data
}
