import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import type { Transact } from '../unit-of-work.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  now: () => number
}

/** Ends one of a person's own sessions at once, everywhere. @throws NotFoundError */
export const endSession =
  (deps: Deps) =>
  async (sessionId: string, viewer: Viewer, device: Device): Promise<void> => {
    const session = await deps.db.session.findFirst({ where: { id: sessionId, userId: viewer.userId } })
    if (!session) throw new NotFoundError('This session')
    await deps.transact(async ({ tx, endSessions }) => {
      const ended = await endSessions({ id: sessionId }, 'ended from another session')
      if (ended.length)
        await noteEvent(tx, {
          type: 'session.ended',
          userId: viewer.userId,
          device,
          at: deps.now(),
          details: { sessionId },
        })
    })
  }

/** Ends all sessions of a person, this one too. @returns how many */
export const logoutEverywhere =
  (deps: Deps) =>
  (viewer: Viewer, device: Device): Promise<number> =>
    deps.transact(async ({ tx, endSessions }) => {
      const ended = await endSessions({ userId: viewer.userId }, 'signed out everywhere')
      await noteEvent(tx, {
        type: 'session.all-ended',
        userId: viewer.userId,
        device,
        at: deps.now(),
        details: { sessions: ended.length },
      })
      return ended.length
    })
