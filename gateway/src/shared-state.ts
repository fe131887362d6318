import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import type { ReplayStore } from '@archivolt/kit/shared-state/replay'

/** What the gateway needs of the small state that all processes share. */
export interface SharedState {
  replay: RevocationList
  rateLimits: Pick<RateLimits, 'consume'>
  pubsub?: Pick<PubSub, 'subscribe'>
  /** Resolves when the store answers. */
  check?(): Promise<void>
  close?(): Promise<void>
}

/**
 * Keys of sessions and tokens that have ended before their time: `session:<sid>`, `token:<jti>`; and stamps of what
 * people could do before it changed.
 */
export type RevocationList = Pick<ReplayStore, 'has'>

/** The channel on which identity says the id of a person whose rights have changed, or EVERYONE. */
export const PEOPLE_CHANNEL = 'people'
export const EVERYONE = '*'

/** The channel on which identity says that features, or their schemas, have changed. */
export const PLUGINS_CHANNEL = 'plugins'

/** The channel on which identity says the id of a session that has ended. */
export const SESSIONS_CHANNEL = 'sessions'
