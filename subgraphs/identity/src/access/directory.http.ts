import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client.ts'

const wanted = z.union([z.strictObject({ email: z.string().max(254) }), z.strictObject({ id: z.uuid() })])
const byId = z.strictObject({ id: z.uuid() })

/**
 * `POST /internal/directory/people` and `/groups`: whether there is somebody behind an address or an id, or such a group,
 * for documents, which shares with them. Only for a call on behalf of a person; an account that is switched off is nobody.
 */
export function addDirectoryContract(
  http: SubgraphServer['http'],
  verify: VerifyIdentity,
  { db }: { db: PrismaClient },
): void {
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/directory/people',
    callers: ['documents'],
    body: wanted,
    handler: async ({ body, identity }) => {
      const where = 'email' in body ? { email: body.email.normalize('NFC').trim().toLowerCase() } : { id: body.id }
      const person = identity.viewer ? await db.user.findFirst({ where: { ...where, active: true } }) : null
      if (!person) throw new NotFoundError('The person')
      return { id: person.id }
    },
  })
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/directory/groups',
    callers: ['documents'],
    body: byId,
    handler: async ({ body, identity }) => {
      const group = identity.viewer ? await db.group.findUnique({ where: { id: body.id } }) : null
      if (!group) throw new NotFoundError('The group')
      return { id: group.id }
    },
  })
}
