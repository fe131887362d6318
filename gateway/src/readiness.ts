import { setTimeout as sleep } from 'node:timers/promises'
import type { HealthCheck } from '@archivolt/kit/server/health'

export interface Readiness {
  isReady(): boolean
  /** Resolves once every part has answered. */
  whenReady: Promise<void>
  /** From now on not ready, whatever the parts say. */
  drain(): void
}

const ASK_EVERY_MS = 500

/**
 * Ready when each part has answered once; a part that fails later makes answers partial, not the gateway unready.
 * @param alive one check per part that only asks whether it answers at all
 */
export function awaitParts(alive: readonly HealthCheck[], askEveryMs = ASK_EVERY_MS): Readiness {
  const stopped = new AbortController()
  let ready = false
  const answered = async (check: HealthCheck): Promise<void> => {
    while (!stopped.signal.aborted) {
      const answers = await check(AbortSignal.timeout(2000)).then(
        () => true,
        () => false,
      )
      if (answers) return
      await sleep(askEveryMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const whenReady = Promise.all(alive.map(answered)).then(() => {
    ready = !stopped.signal.aborted
  })
  return {
    isReady: () => ready,
    whenReady,
    drain() {
      stopped.abort()
      ready = false
    },
  }
}
