import type { Logger } from '../log/logger.ts'
import type { Identity, Viewer } from '../identity/identity.ts'

/** What every resolver of every subgraph has. Each service adds its database and its use cases. */
export interface SubgraphContext {
  identity: Identity
  viewer: Viewer | null
  log: Logger
  /** Value of the refresh cookie; only identity's session mutations are ever given one. */
  cookie: string | undefined
  /** Adds a `set-cookie` value to the answer; it reaches the client for identity's session mutations alone. */
  setCookie(value: string): void
}

/** The context inside `t.withAuth({ signedIn: true })`: a person is there. */
export type SignedIn<Context extends SubgraphContext> = Context & { viewer: Viewer }
