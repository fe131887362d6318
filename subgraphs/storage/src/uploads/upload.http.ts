import type { FastifyInstance } from 'fastify'
import type { Tickets } from './ticket.ts'
import type { IncomingBytes, ReceivedBytes } from './usecases/receive-upload.ts'

interface Deps {
  tickets: Tickets
  receiveUpload(uploadId: string, incoming: IncomingBytes): Promise<ReceivedBytes>
}

/** `PUT /files/uploads/{ticket}`: the bytes of an upload, streamed. Answers what arrived, as it was counted here. */
export function addUploadRoute(http: FastifyInstance, deps: Deps): void {
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // The body stays a stream whatever its type; its length is bounded by what the upload declared.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.put<{ Params: { ticket: string } }>('/files/uploads/:ticket', { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      const uploadId = deps.tickets.redeem('upload', request.params.ticket)
      const gone = new AbortController()
      const senderGone = () => gone.abort(new Error('the sender went away'))
      request.raw.once('aborted', senderGone)
      const length = request.headers['content-length']
      try {
        const received = await deps.receiveUpload(uploadId, {
          body: request.raw,
          announcedLength: length === undefined ? null : Number(length),
          signal: gone.signal,
        })
        return received
      } catch (error) {
        // What is left of a refused body is not worth reading: answer, then hang up.
        void reply.header('connection', 'close')
        throw error
      } finally {
        request.raw.off('aborted', senderGone)
      }
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
