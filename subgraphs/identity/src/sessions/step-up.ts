import { StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../prisma/client/client.ts'

/** Resolves when the person has proved who they are not long ago in this session. @throws StepUpRequiredError */
export type RequireFresh = (viewer: Viewer) => Promise<void>

/** @param withinMs how long a proof counts */
export const requireFresh =
  (deps: { db: PrismaClient; withinMs: number; now: () => number }): RequireFresh =>
  async (viewer) => {
    const session = await deps.db.session.findUnique({ where: { id: viewer.sessionId } })
    const at = session && !session.endedAt && session.userId === viewer.userId ? session.authenticatedAt.getTime() : 0
    if (deps.now() - at > deps.withinMs) throw new StepUpRequiredError()
  }
