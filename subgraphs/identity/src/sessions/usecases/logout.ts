import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import type { SessionCookies } from '../session-cookies.ts'
import { SessionEndedError } from '../session.errors.ts'
import { judgeRefresh, parseRefreshToken } from '../session.ts'
import type { Transact } from '../unit-of-work.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  refreshKey: Buffer
  cookies: SessionCookies
  now: () => number
}

/**
 * Ends the session of the access token, or, when that has expired, of the refresh cookie.
 * @throws SessionEndedError when neither names a session
 */
export const logout =
  (deps: Deps) =>
  async (viewer: Viewer | null, cookieHeader: string | undefined, device: Device): Promise<void> => {
    const sessionId = viewer?.sessionId ?? (await sessionOfCookie(deps, cookieHeader))
    if (!sessionId) throw new SessionEndedError()
    await deps.transact(async ({ tx, endSessions }) => {
      const ended = await endSessions({ id: sessionId }, 'signed out')
      const session = ended.length ? await tx.session.findUnique({ where: { id: sessionId } }) : null
      if (session)
        await noteEvent(tx, {
          type: 'session.ended',
          userId: session.userId,
          device,
          at: deps.now(),
          details: { sessionId },
        })
    })
  }

async function sessionOfCookie(deps: Deps, cookieHeader: string | undefined): Promise<string | null> {
  const presented = parseRefreshToken(deps.cookies.readRefresh(cookieHeader) ?? '')
  if (!presented) return null
  const session = await deps.db.session.findUnique({ where: { id: presented.sessionId } })
  if (!session || judgeRefresh(deps.refreshKey, session, presented, deps.now()) === 'forged') return null
  return session.id
}
