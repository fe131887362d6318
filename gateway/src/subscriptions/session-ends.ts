import { GraphQLError } from 'graphql'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Authenticator } from '../identity/authenticate.ts'
import { EVERYONE, PEOPLE_CHANNEL, SESSIONS_CHANNEL, type SharedState } from '../shared-state.ts'
import { followChannel } from './follow-channel.ts'
import { closeForbidden, type Connection } from './socket-hooks.ts'

/**
 * Closes the sockets of a session when identity says that it ended, and those of a person whose rights it says have
 * changed: the client comes back, and its subscriptions are judged anew. When words may have been missed, every open
 * session is looked up instead.
 * @returns stops it
 */
export function followSessions(
  pubsub: SharedState['pubsub'],
  connections: ReadonlySet<Connection>,
  authenticator: Authenticator,
  log: Logger,
): () => Promise<void> {
  if (!pubsub) return async () => {}

  const lookUp = async (reason: string, whose: (connection: Connection) => boolean): Promise<void> => {
    for (const connection of [...connections]) {
      if (!connection.session || !whose(connection)) continue
      await authenticator.check(connection.session).catch((error: unknown) => {
        // A store that is away says nothing about the session; its next event asks again.
        if (isSignedOut(error)) closeForbidden(connection, reason)
      })
    }
  }
  const lookUpAll = () => lookUp('Signed out', () => true)
  const end = (sessionId: string): void => {
    for (const connection of [...connections]) {
      if (connection.session?.viewer.sessionId === sessionId) closeForbidden(connection, 'Signed out')
    }
  }
  const judge = (userId: string): Promise<void> =>
    lookUp('Rights changed', ({ session }) => userId === EVERYONE || session?.viewer.userId === userId)

  const stops = [
    followChannel(pubsub, SESSIONS_CHANNEL, { onMessage: end, onGap: lookUpAll }, log),
    followChannel(pubsub, PEOPLE_CHANNEL, { onMessage: judge, onGap: lookUpAll }, log),
  ]
  return async () => void (await Promise.all(stops.map((stop) => stop())))
}

const isSignedOut = (error: unknown): boolean =>
  error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
