import { StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { RequireFresh } from './step-up.ts'

/**
 * `GET /internal/session/proof`: whether the person who is behind the call has proved who they are not long ago, for
 * services that guard something as sensitive as what identity itself keeps.
 */
export function addProofContract(
  http: SubgraphServer['http'],
  verify: VerifyIdentity,
  { requireFresh }: { requireFresh: RequireFresh },
): void {
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/session/proof',
    callers: ['storage'],
    handler: async ({ identity: { viewer } }) => {
      if (!viewer) throw new StepUpRequiredError()
      await requireFresh(viewer)
      return { fresh: true }
    },
  })
}
