import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { errorBody } from './answer-error.ts'

export type ByteHandler = (request: IncomingMessage, response: ServerResponse) => void

/** `/files/*`: raw streams in both directions, past every parser. */
export function addFiles(app: FastifyInstance, handle: ByteHandler): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({
      method: ['GET', 'HEAD', 'PUT', 'OPTIONS'],
      url: '/files/*',
      exposeHeadRoute: false,
      handler: (request, reply) => {
        reply.hijack()
        handle(request.raw, reply.raw)
      },
    })
    scope.route({
      method: ['POST', 'PATCH', 'DELETE'],
      url: '/files/*',
      handler: (request, reply) =>
        reply
          .code(405)
          .header('allow', 'GET, HEAD, PUT, OPTIONS')
          .send(errorBody(request, 'BAD_REQUEST', 'Files are read with GET and written with PUT.')),
    })
  })
}
