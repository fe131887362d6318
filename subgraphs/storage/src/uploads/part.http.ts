import type { FastifyInstance } from 'fastify'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { receiveBytes } from './incoming.ts'
import type { Tickets } from './ticket.ts'
import { NO_LIMIT, takeAnyBody } from './upload.http.ts'
import { UploadEndedError } from './upload.errors.ts'
import type { IncomingBytes } from './usecases/receive-upload.ts'

interface Deps {
  tickets: Tickets
  db: PrismaClient
  receivePart(uploadId: string, number: number, incoming: IncomingBytes): Promise<{ number: number; size: number }>
}

/**
 * `PUT /files/uploads/{ticket}/parts/{number}`: one part of a large upload. `GET /files/uploads/{ticket}/parts`: what has
 * arrived, for whoever goes on after an interruption.
 */
export function addPartRoutes(http: FastifyInstance, deps: Deps): void {
  http.register(async (scope) => {
    takeAnyBody(scope)
    scope.put<{ Params: { ticket: string; number: string } }>(
      '/files/uploads/:ticket/parts/:number',
      NO_LIMIT,
      (request) => {
        const uploadId = deps.tickets.redeem('upload', request.params.ticket)
        const number = Number(request.params.number)
        return receiveBytes(request, (incoming) => deps.receivePart(uploadId, number, incoming))
      },
    )
    scope.get<{ Params: { ticket: string } }>('/files/uploads/:ticket/parts', async (request, reply) => {
      const id = deps.tickets.redeem('upload', request.params.ticket)
      const upload = await deps.db.upload.findUnique({
        where: { id },
        include: { parts: { orderBy: { number: 'asc' }, select: { number: true, size: true } } },
      })
      if (!upload || upload.state === 'ABORTED') throw new UploadEndedError()
      void reply.header('cache-control', 'no-store')
      return {
        state: upload.state,
        size: Number(upload.declaredSize),
        partSize: upload.partSize === null ? null : Number(upload.partSize),
        received: upload.parts.map((part) => ({ number: part.number, size: Number(part.size) })),
      }
    })
  })
}
