import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { accessOf } from '../documents/access.ts'
import type { acceptTopics } from './usecases/accept-topics.ts'

const params = z.object({ id: z.uuid() })
const body = z.strictObject({ names: z.array(z.string().max(250)).min(1).max(20) })

/**
 * `POST /internal/documents/{id}/topics`: a person accepted what ai suggested. On behalf of that person, who must be
 * allowed to change the document.
 */
export function addTopicsContract(
  http: FastifyInstance,
  verify: VerifyIdentity,
  deps: { acceptTopics: ReturnType<typeof acceptTopics> },
): void {
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/documents/:id/topics',
    callers: ['ai'],
    body,
    handler: async (call) => {
      const { viewer } = call.identity
      if (!viewer) throw new NotFoundError('The document')
      const id = params.safeParse(call.params).data?.id ?? null
      await deps.acceptTopics(id, call.body.names, accessOf(viewer))
      return {}
    },
  })
}
