import type { Viewer } from '@archivolt/kit/identity/identity'
import { actorOf, type Actor } from '../documents/access.ts'
import type { Caller } from '../storage/byte-store.ts'
import type { Context } from './context.ts'

/** Who changes something by this call. */
export function actorIn(context: Context & { viewer: Viewer }): Actor {
  return actorOf(context.viewer, context.identity)
}

/** The call as it goes on to another service. */
export function callerIn({ identity }: Context): Caller {
  return { viewer: identity.viewer, requestId: identity.requestId, client: identity.client }
}
