import type { SignIdentity } from '@archivolt/kit/identity/sign'
import type { GatewayContext } from '../context.ts'

/** A signed identity for one call to one subgraph, made for exactly this body. */
export type Mint = (subgraph: string, context: GatewayContext, body: string) => Promise<string>

/** Says the verified viewer, and nothing a client sent, to the subgraphs. */
export function createMint(sign: SignIdentity): Mint {
  return (subgraph, context, body) =>
    sign(
      subgraph,
      { viewer: context.session?.viewer ?? null, requestId: context.requestId, client: context.client },
      { method: 'POST', path: '/graphql', body },
    )
}
