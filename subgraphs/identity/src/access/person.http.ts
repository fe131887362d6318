import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import type { FindPerson } from './find-person.ts'

/** `GET /internal/people/:id`: what a person may do right now, for the gateway, which tells the other services. */
export function addPeopleContract(
  http: SubgraphServer['http'],
  verify: VerifyIdentity,
  { findPerson }: { findPerson: FindPerson },
): void {
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/people/:id',
    callers: ['gateway'],
    handler: async ({ params }) => {
      const person = UUID.test(params.id ?? '') ? await findPerson(params.id ?? '') : null
      if (!person) throw new NotFoundError('The person')
      const { role, active, groups, groupIds, apps, stamps } = person
      return { role, active, groups, groupIds, apps, stamps }
    },
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
