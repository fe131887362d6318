import type { SubgraphContext } from '@archivolt/kit/graph/context'

/** Who does something, as the audit log names them. */
export interface Actor {
  actorId: string | null
  ip: string | null
  requestId: string | null
}

export const actorOf = ({ viewer, identity }: Pick<SubgraphContext, 'viewer' | 'identity'>): Actor => ({
  actorId: viewer?.userId ?? null,
  ip: identity.client.ip || null,
  requestId: identity.requestId,
})
