export type Role = 'ADMIN' | 'USER'

/** The person a call is made for. */
export interface Viewer {
  userId: string
  role: Role
  /** Names of the groups the person is in. */
  groups: readonly string[]
  /** Their ids, which stay when a group is renamed. */
  groupIds?: readonly string[]
  /** What an API token may do; null for a signed-in session, which may do whatever the person may. */
  scopes: readonly string[] | null
  /** Of the session, or of the API token, that the call is made with. */
  sessionId: string
}

/** What the gateway saw of whoever asks. */
export interface Client {
  ip: string
  userAgent: string
  /** The primary language of `accept-language`, such as `de`; empty or absent when there is none. */
  language?: string
}

/** Who calls, and for whom: what a signed service identity says once it is verified. */
export interface Identity {
  /** The part of the house that made the call: `gateway`, or a service. */
  caller: string
  viewer: Viewer | null
  requestId: string
  client: Client
}

/** The header that carries the signed identity between parts of the house. The gateway strips it from outside. */
export const IDENTITY_HEADER = 'x-archivolt-identity'
