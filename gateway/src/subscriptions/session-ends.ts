import { setTimeout as sleep } from 'node:timers/promises'
import { GraphQLError } from 'graphql'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Authenticator } from '../identity/authenticate.ts'
import { SESSIONS_CHANNEL, type SharedState } from '../shared-state.ts'
import { closeForbidden, type Connection } from './socket-hooks.ts'

const RETRY_AFTER_MS = 1000

/**
 * Closes the sockets of a session when identity says that it ended. When words may have been missed, every open
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
  const stopped = new AbortController()
  let events: AsyncIterableIterator<unknown> | undefined

  const lookUpAll = async (): Promise<void> => {
    for (const connection of [...connections]) {
      if (!connection.session) continue
      await authenticator.check(connection.session).catch((error: unknown) => {
        // A store that is away says nothing about the session; its next event asks again.
        if (isSignedOut(error)) closeForbidden(connection, 'Signed out')
      })
    }
  }
  const end = (sessionId: string): void => {
    for (const connection of [...connections]) {
      if (connection.session?.viewer.sessionId === sessionId) closeForbidden(connection, 'Signed out')
    }
  }
  const follow = async (again: boolean): Promise<void> => {
    const opened = await pubsub.subscribe(SESSIONS_CHANNEL)
    events = opened
    if (stopped.signal.aborted) await opened.return?.()
    if (again) await lookUpAll()
    for await (const event of opened) {
      if (event.kind === 'gap') await lookUpAll()
      else end(event.message)
    }
  }
  const keepFollowing = async (): Promise<void> => {
    for (let again = false; !stopped.signal.aborted; again = true) {
      await follow(again).catch((error: unknown) =>
        log.warn({ err: error }, 'ended sessions are not followed; trying again'),
      )
      await sleep(RETRY_AFTER_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const following = keepFollowing()
  return async () => {
    stopped.abort()
    await events?.return?.()
    await following
  }
}

const isSignedOut = (error: unknown): boolean =>
  error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
