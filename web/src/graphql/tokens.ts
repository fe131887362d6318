/** What the transport needs to know of the session; the session feature implements it. */
export interface Tokens {
  /** False when there is no access token, or it is about to expire. */
  fresh(): boolean
  /** The `authorization` header's value, or null without a session. */
  header(): string | null
  /** Gets a new access token; never throws. Callers at the same time share one request. */
  refresh(): Promise<void>
  /** The server refused a token that had just been refreshed: there is no session any more. */
  refused(): void
}
