import type { SubgraphContext } from '@archivolt/kit/graph/context'

/** Who does something, as the audit log names them. */
export interface Actor {
  actorId: string | null
  ip: string | null
  requestId: string | null
}

/** Who changes what people may do. */
export interface Administrator extends Actor {
  /** Administrators of the vault may hand out power; those of people alone may not, or they could give it to themselves. */
  full: boolean
}

export const administratorOf = (context: Pick<SubgraphContext, 'viewer' | 'identity'>): Administrator => ({
  ...actorOf(context),
  full: context.viewer?.role === 'ADMIN' && context.viewer.scopes === null,
})

export const actorOf = ({ viewer, identity }: Pick<SubgraphContext, 'viewer' | 'identity'>): Actor => ({
  actorId: viewer?.userId ?? null,
  ip: identity.client.ip || null,
  requestId: identity.requestId,
})
