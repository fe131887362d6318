import type { IncomingMessage } from 'node:http'
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
    scope.put<{ Params: { ticket: string } }>(
      '/files/uploads/:ticket',
      { bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request) => {
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
          discardRest(request.raw)
          throw error
        } finally {
          request.raw.off('aborted', senderGone)
        }
      },
    )
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

/** What a refused sender may still send before the door is shut. */
const DISCARD_BYTES = 16 * 1024 ** 2
const DISCARD_MS = 5000

/**
 * Reads on past a refusal for a moment. A sender whose connection is cut while it sends does not get to read the answer
 * (RFC 9112, section 9.6).
 */
function discardRest(request: IncomingMessage): void {
  let left = DISCARD_BYTES
  const shut = setTimeout(() => request.destroy(), DISCARD_MS).unref()
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  request.once('close', () => clearTimeout(shut))
  request.resume()
}
