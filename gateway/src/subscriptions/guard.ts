import type { Authenticator } from '../identity/authenticate.ts'
import type { Connection } from './socket-hooks.ts'

/** The shared store is asked at most this often per stream, however many events there are. */
const ASK_EVERY_MS = 1000

/**
 * Asks before each event whether the person may still listen. When not, or when that cannot be told, `refuse` is
 * called with the reason and the returned function rejects with it.
 */
export function createGuard(
  connection: Pick<Connection, 'session'>,
  authenticator: Authenticator,
  now: () => number,
  refuse: (error: unknown) => void,
): () => Promise<void> {
  let askedAt = now()
  return async () => {
    const { session } = connection
    if (!session) return
    const time = now()
    if (time < session.expiresAt && time - askedAt < ASK_EVERY_MS) return
    askedAt = time
    try {
      await authenticator.check(session)
    } catch (error) {
      refuse(error)
      throw error
    }
  }
}
