import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client.ts'

/** More of a text than any model is asked to read. */
const MAX_LIMIT = 20_000
const params = z.object({ id: z.uuid() })
const query = z.object({ limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(8000) })

/**
 * The internal contract by which ai reads what it is asked to judge: the beginning of a document's text, for a person
 * who may see that document.
 */
export function addTextContract(http: FastifyInstance, verify: VerifyIdentity, deps: { db: PrismaClient }): void {
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/documents/:id/text',
    callers: ['ai'],
    handler: async (call) => {
      const id = params.safeParse(call.params).data?.id
      const { limit } = query.parse(call.query)
      const ownerId = call.identity.viewer?.userId
      const entry =
        id && ownerId
          ? await deps.db.searchEntry.findFirst({
              where: { documentId: id, ownerId },
              select: { title: true, body: true },
            })
          : null
      if (!entry) throw new NotFoundError('The document')
      return { title: entry.title, text: entry.body.slice(0, limit), topics: [] as string[] }
    },
  })
}
