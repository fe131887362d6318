import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import parseRange from 'range-parser'
import { countPiped } from '@archivolt/kit/streams/young-buffers'
import type { Blob } from '../../prisma/client/client.ts'
import type { ByteRange } from '../drivers/driver.ts'
import type { Tickets } from '../uploads/ticket.ts'
import { attachmentOf } from './disposition.ts'
import type { OpenBlob } from './usecases/open-blob.ts'

interface Deps {
  tickets: Tickets
  blobs: OpenBlob
}

/** Whatever the bytes are, a browser that opens them here runs nothing and reaches nothing. */
const HARMLESS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-cache',
  'accept-ranges': 'bytes',
}

/** `GET|HEAD /files/downloads/{ticket}`: the bytes of a blob, whole or a range (RFC 9110, sections 13 and 14). */
export function addDownloadRoute(http: FastifyInstance, deps: Deps): void {
  http.route<{ Params: { ticket: string } }>({
    method: ['GET', 'HEAD'],
    url: '/files/downloads/:ticket',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const blob = await deps.blobs.find(deps.tickets.redeem('download', request.params.ticket))
      const etag = `"${blob.sha256}"`
      void reply.headers(HARMLESS).header('etag', etag)
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
      void reply.header('content-disposition', attachmentOf(blob.filename)).type(blob.contentType)
      const asked = rangeOf(request, blob, etag)
      if (asked === 'unsatisfiable') {
        return reply
          .code(416)
          .header('content-range', `bytes */${blob.size}`)
          .type('application/json')
          .send({ error: { code: 'storage.range', message: 'The file is shorter than that.' } })
      }
      if (asked) void reply.code(206).header('content-range', `bytes ${asked.start}-${asked.end}/${blob.size}`)
      void reply.header('content-length', String(asked ? asked.end - asked.start + 1 : blob.size))
      return request.method === 'HEAD' ? reply.send() : sendBytes(deps, blob, asked, reply)
    },
  })
  http.route({
    method: ['PUT', 'POST', 'PATCH', 'DELETE'],
    url: '/files/downloads/:ticket',
    handler: async (_request, reply) => {
      void reply.code(405).header('allow', 'GET, HEAD')
      return { error: { code: 'storage.wrong_method', message: 'Read the bytes with GET.' } }
    },
  })
}

async function sendBytes(deps: Deps, blob: Blob, range: ByteRange | null, reply: FastifyReply): Promise<FastifyReply> {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const body = await deps.blobs.read(blob, { range: range ?? undefined, signal: gone.signal })
  countPiped(reply.raw)
  // An aborted read is the reader's own doing; it must not count as a crash.
  body.on('error', (error) => reply.raw.destroy(error))
  return reply.send(body)
}

function matches(header: string | undefined, etag: string): boolean {
  if (!header) return false
  return header === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** The one range that was asked for. Several at once, and a range whose `If-Range` no longer fits, mean the whole file. */
function rangeOf(request: FastifyRequest, blob: Blob, etag: string): ByteRange | 'unsatisfiable' | null {
  const { range, 'if-range': ifRange } = request.headers
  if (!range || (ifRange && ifRange !== etag)) return null
  const parsed = parseRange(Number(blob.size), range)
  if (parsed === -1) return 'unsatisfiable'
  if (parsed === -2 || parsed.type !== 'bytes' || parsed.length !== 1) return null
  return parsed[0] ?? null
}
