import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/client/client.ts'

/** What a graph of this many features would be is beyond what one gateway plans. */
const MAX_SUBGRAPHS = 50

const outcome = z.strictObject({
  results: z
    .array(z.strictObject({ id: z.string().max(40), error: z.string().max(2000).nullable() }))
    .max(MAX_SUBGRAPHS),
})

/** For the gateway: the subgraphs of features, and what came of putting them into the graph. */
export function addPluginContract(http: SubgraphServer['http'], verify: VerifyIdentity, { db }: { db: PrismaClient }) {
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/plugins',
    callers: ['gateway'],
    handler: async () => ({
      plugins: await db.plugin.findMany({
        where: { builtIn: false, sdl: { not: null } },
        select: { id: true, url: true, sdl: true },
        // Who came first keeps the name of a field.
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: MAX_SUBGRAPHS,
      }),
    }),
  })
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/plugins/composition',
    callers: ['gateway'],
    body: outcome,
    handler: async ({ body }) => {
      for (const { id, error } of body.results)
        await db.plugin.updateMany({ where: { id, builtIn: false }, data: { compositionError: error } })
      return {}
    },
  })
}
