import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client.ts'

const params = z.object({ id: z.uuid() })

/**
 * `DELETE /internal/documents/{id}`: a document is deleted for good, and nothing that was said of it stays. For documents
 * alone. Absent is success.
 */
export function addForgetContract(
  http: SubgraphServer['http'],
  verify: VerifyIdentity,
  deps: { db: PrismaClient },
): void {
  addSignedRoute(http, verify, {
    method: 'DELETE',
    url: '/internal/documents/:id',
    callers: ['documents'],
    handler: async (call) => {
      const { id } = params.parse(call.params)
      await deps.db.suggestion.deleteMany({ where: { documentId: id } })
      return {}
    },
  })
}
