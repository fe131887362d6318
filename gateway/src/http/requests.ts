import type { FastifyInstance } from 'fastify'

/** Headers that only parts of the house may write. */
const INTERNAL = /^x-archivolt-/i

/** A request other than a file transfer is small: whoever takes longer to send it is holding the connection. */
const RECEIVE_WITHIN_MS = 30_000

/** What is done to every request before anything looks at it. */
export function addRequestHooks(app: FastifyInstance, options: { receiveWithinMs?: number } = {}): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const name of Object.keys(request.raw.headers)) {
      if (INTERNAL.test(name)) delete request.raw.headers[name]
    }
    reply.raw.setHeader('x-request-id', request.id)
  })
  app.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/files/')) return
    const { raw } = request
    const cutWhenIncomplete = () => void (raw.complete || raw.destroy())
    const timer = setTimeout(cutWhenIncomplete, options.receiveWithinMs ?? RECEIVE_WITHIN_MS).unref()
    raw.once('close', () => clearTimeout(timer))
  })
}
