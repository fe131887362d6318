import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { z } from 'zod'
import type { KnownToken } from './usecases/look-up-api-token.ts'

const body = z.strictObject({ hash: z.string().length(64) })

/** `POST /internal/api-tokens/look-up`: the gateway asks whose token this is. `{token: null}` for none. */
export function addApiTokenRoute(
  http: SubgraphServer['http'],
  verify: VerifyIdentity,
  lookUp: (hash: string, ip: string) => Promise<KnownToken | null>,
): void {
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/api-tokens/look-up',
    callers: ['gateway'],
    body,
    handler: async ({ body: { hash }, identity }) => ({ token: await lookUp(hash, identity.client.ip) }),
  })
}
