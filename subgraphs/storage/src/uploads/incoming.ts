import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { IncomingBytes } from './usecases/receive-upload.ts'

/** What a refused sender may still send before the door is shut. */
const DISCARD_BYTES = 16 * 1024 ** 2
const DISCARD_MS = 5000

/** Gives the bytes of a request to `receive`, and ends it in good order whatever comes of them. */
export async function receiveBytes<Result>(
  request: FastifyRequest,
  receive: (incoming: IncomingBytes) => Promise<Result>,
): Promise<Result> {
  const gone = new AbortController()
  const senderGone = () => gone.abort(new Error('the sender went away'))
  request.raw.once('aborted', senderGone)
  const length = request.headers['content-length']
  try {
    const announcedLength = length === undefined ? null : Number(length)
    return await receive({ body: request.raw, announcedLength, signal: gone.signal })
  } catch (error) {
    discardRest(request.raw)
    throw error
  } finally {
    request.raw.off('aborted', senderGone)
  }
}

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
