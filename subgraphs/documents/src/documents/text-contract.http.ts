import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { accessOf, visibleTo } from './access.ts'

/** More of a text than any model is asked to read. */
const MAX_LIMIT = 20_000
/** Of the topics of the document's owner, those that most documents have. */
const MAX_TOPICS = 200
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
      const { viewer } = call.identity
      const document =
        id && viewer
          ? await deps.db.document.findFirst({
              where: { id, AND: [visibleTo(accessOf(viewer))] },
              select: { title: true, ownerId: true, entry: { select: { body: true } } },
            })
          : null
      if (!document?.entry) throw new NotFoundError('The document')
      const topics = await deps.db.topic.findMany({
        where: { ownerId: document.ownerId },
        orderBy: { documents: { _count: 'desc' } },
        take: MAX_TOPICS,
        select: { name: true },
      })
      return {
        title: document.title,
        text: document.entry.body.slice(0, limit),
        topics: topics.map(({ name }) => name),
      }
    },
  })
}
