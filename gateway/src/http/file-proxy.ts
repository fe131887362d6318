import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Pool } from 'undici'
import type { Logger } from '@archivolt/kit/log/logger'
import { countPiped, countRead } from '@archivolt/kit/streams/young-buffers'
import type { ByteHandler } from './files.ts'

const TO_STORAGE = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'content-type',
  'content-length',
  'content-md5',
  'content-range',
]

const FROM_STORAGE = [
  'content-type',
  'content-length',
  'content-range',
  'content-disposition',
  'content-security-policy',
  'cross-origin-resource-policy',
  'accept-ranges',
  'cache-control',
  'etag',
  'expires',
  'last-modified',
  'location',
  'referrer-policy',
  'retry-after',
  'x-content-type-options',
]

/** Storage flushes an upload before it answers, which may take as long as its backend does. */
const ANSWER_TIMEOUT_MS = 300_000
const STALL_TIMEOUT_MS = 60_000

export interface FileProxy {
  handle: ByteHandler
  close(): Promise<void>
}

/**
 * Hands file requests on to storage in another process. Bytes flow as fast as the slower side takes them; when one
 * side goes away, the other is told.
 * @param url where storage answers, without a path
 */
export function createFileProxy(url: string, log: Logger): FileProxy {
  const pool = new Pool(new URL(url).origin, {
    // No bound of its own: a queue here would let a few slow readers keep everybody else from their files.
    connections: null,
    connect: { timeout: 5000 },
    keepAliveTimeout: 30_000,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: STALL_TIMEOUT_MS,
  })
  return {
    handle: (request, response) => {
      forward(pool, request, response).catch((error: unknown) => {
        if (response.destroyed || response.writableFinished) return
        log.warn({ err: error, requestId: response.getHeader('x-request-id') }, 'a file could not be passed on')
        fail(request, response)
      })
    },
    close: () => pool.close(),
  }
}

async function forward(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  countRead(request)
  countPiped(response)
  const upstream = await pool.request({
    method: request.method as 'GET',
    path: request.url ?? '/',
    headers: only(request.headers, TO_STORAGE),
    body: request.method === 'PUT' ? request : null,
    signal: gone.signal,
  })
  response.writeHead(upstream.statusCode, only(upstream.headers, FROM_STORAGE))
  await pipeline(upstream.body, response)
}

const only = (headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string | string[]> =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))

function fail(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    // The status is already out: a cut connection is the only way left to say that the bytes are not all there.
    response.destroy()
    return
  }
  const body = JSON.stringify({
    error: { code: 'unavailable', message: 'The storage service is not reachable right now. Try again in a moment.' },
  })
  // What is left of an upload would otherwise be read as the next request.
  const rest = request.readableEnded ? {} : { connection: 'close' }
  response.writeHead(502, { 'content-type': 'application/json', 'cache-control': 'no-store', ...rest }).end(body)
}
