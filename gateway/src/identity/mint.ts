import { forbidden, unauthenticated } from '@archivolt/kit/errors/to-graphql'
import type { SignIdentity } from '@archivolt/kit/identity/sign'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import type { GatewayContext } from '../context.ts'

/** A signed identity for one call to one subgraph, made for exactly this body. */
export type Mint = (subgraph: string, context: GatewayContext, body: string) => Promise<string>

/**
 * Says the verified viewer, and nothing a client sent, to the subgraphs.
 * @throws GraphQLError (the returned function) for a feature that this person may not use
 */
export function createMint(sign: SignIdentity): Mint {
  return async (subgraph, context, body) => {
    if (!isBuiltIn(subgraph) && !context.session?.apps.has(subgraph))
      throw context.session ? forbidden() : unauthenticated()
    return sign(
      subgraph,
      { viewer: context.session?.viewer ?? null, requestId: context.requestId, client: context.client },
      { method: 'POST', path: '/graphql', body },
    )
  }
}

const isBuiltIn = (subgraph: string): boolean => (SERVICES as readonly string[]).includes(subgraph)
