import type { FastifyInstance } from 'fastify'
import { receiveBytes } from './incoming.ts'
import type { Tickets } from './ticket.ts'
import type { IncomingBytes, ReceivedBytes } from './usecases/receive-upload.ts'

interface Deps {
  tickets: Tickets
  receiveUpload(uploadId: string, incoming: IncomingBytes): Promise<ReceivedBytes>
}

/** `PUT /files/uploads/{ticket}`: the bytes of an upload, streamed. Answers what arrived, as it was counted here. */
export function addUploadRoute(http: FastifyInstance, deps: Deps): void {
  http.register(async (scope) => {
    takeAnyBody(scope)
    scope.put<{ Params: { ticket: string } }>('/files/uploads/:ticket', NO_LIMIT, (request) => {
      const uploadId = deps.tickets.redeem('upload', request.params.ticket)
      return receiveBytes(request, (incoming) => deps.receiveUpload(uploadId, incoming))
    })
    scope.route({
      method: ['GET', 'POST', 'PATCH', 'DELETE'],
      url: '/files/uploads/:ticket',
      handler: async (_request, reply) => {
        void reply.code(405).header('allow', 'PUT')
        return { error: { code: 'storage.wrong_method', message: 'Send the bytes with PUT.' } }
      },
    })
  })
}

/** The length of a body is bounded by what the upload declared. */
export const NO_LIMIT = { bodyLimit: Number.MAX_SAFE_INTEGER }

/** The body stays a stream, whatever its type. */
export function takeAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}
