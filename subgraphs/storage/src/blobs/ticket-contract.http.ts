import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Blob, PrismaClient } from '../../prisma/client/client.ts'
import type { Tickets } from '../uploads/ticket.ts'

interface Deps {
  db: PrismaClient
  tickets: Tickets
  presignDownload: (blob: Blob, expiresInSeconds: number) => Promise<string | null>
  now: () => number
}

const wanted = z.strictObject({ seconds: z.number().int().min(1).max(900) })

/**
 * `POST /internal/blobs/{id}/ticket`: an address for the bytes of a blob, for documents, which hands it to people who
 * have no account. It has decided that they may, and counted it.
 */
export function addTicketContract(http: FastifyInstance, verify: VerifyIdentity, deps: Deps): void {
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/blobs/:id/ticket',
    callers: ['documents'],
    body: wanted,
    handler: async ({ params, body }) => {
      const id = z.uuid().safeParse(params.id).data
      const blob = id ? await deps.db.blob.findUnique({ where: { id } }) : null
      if (!blob) throw new NotFoundError('The file')
      const expiresAt = new Date(deps.now() + body.seconds * 1000)
      const direct = await deps.presignDownload(blob, body.seconds)
      const url = direct ?? `/files/downloads/${deps.tickets.mint({ kind: 'download', id: blob.id, expiresAt })}`
      return { url, expiresAt: expiresAt.toISOString() }
    },
  })
}
