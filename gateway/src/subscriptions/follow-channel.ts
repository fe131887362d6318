import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@archivolt/kit/log/logger'
import type { SharedState } from '../shared-state.ts'

const RETRY_AFTER_MS = 1000

export interface Follower {
  onMessage(message: string): void | Promise<void>
  /** Messages may have been missed. */
  onGap(): Promise<void>
}

/**
 * Reads a channel of the shared state for as long as the gateway runs, through every loss of it.
 * @returns stops it
 */
export function followChannel(
  pubsub: NonNullable<SharedState['pubsub']>,
  channel: string,
  follower: Follower,
  log: Logger,
): () => Promise<void> {
  const stopped = new AbortController()
  let events: AsyncIterableIterator<unknown> | undefined

  const follow = async (again: boolean): Promise<void> => {
    const opened = await pubsub.subscribe(channel)
    events = opened
    if (stopped.signal.aborted) await opened.return?.()
    if (again) await follower.onGap()
    for await (const event of opened) {
      if (event.kind === 'gap') await follower.onGap()
      else await follower.onMessage(event.message)
    }
  }
  const keepFollowing = async (): Promise<void> => {
    for (let again = false; !stopped.signal.aborted; again = true) {
      await follow(again).catch((error: unknown) =>
        log.warn({ err: error, channel }, 'a channel is not followed; trying again'),
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
