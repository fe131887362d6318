import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { ReplayStore } from '@archivolt/kit/shared-state/replay'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { ACCESS_TOKEN_MS } from '../session.ts'

interface Deps {
  db: PrismaClient
  replay: ReplayStore
  pubsub: PubSub
  now: () => number
}

export type EndSession = (sessionId: string, reason: string) => Promise<void>

/** Access tokens of an ended session are refused for as long as the youngest of them could live. */
const REVOCATION_SECONDS = ACCESS_TOKEN_MS / 1000 + 60

/** Ends a session at once, in every process: its access tokens are refused and its sockets closed. Twice is once. */
export const endSession =
  (deps: Deps): EndSession =>
  async (sessionId, reason) => {
    await deps.db.session.updateMany({
      where: { id: sessionId, endedAt: null },
      data: { endedAt: new Date(deps.now()), endReason: reason },
    })
    await deps.replay.claim(`session:${sessionId}`, REVOCATION_SECONDS)
    await deps.pubsub.publish('sessions', sessionId)
  }
