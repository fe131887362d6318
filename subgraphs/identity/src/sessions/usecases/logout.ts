import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { SessionEndedError } from '../session.errors.ts'
import { judgeRefresh, parseRefreshToken } from '../session.ts'
import type { EndSession } from './end-session.ts'

interface Deps {
  db: PrismaClient
  refreshKey: Buffer
  cookie: RefreshCookie
  endSession: EndSession
  now: () => number
}

/**
 * Ends the session of the access token, or, when that has expired, of the refresh cookie.
 * @throws SessionEndedError when neither names a session
 */
export const logout =
  (deps: Deps) =>
  async (viewer: Viewer | null, cookieHeader: string | undefined): Promise<void> => {
    const sessionId = viewer?.sessionId ?? (await sessionOfCookie(deps, cookieHeader))
    if (!sessionId) throw new SessionEndedError()
    await deps.endSession(sessionId, 'signed out')
  }

async function sessionOfCookie(deps: Deps, cookieHeader: string | undefined): Promise<string | null> {
  const presented = parseRefreshToken(deps.cookie.read(cookieHeader) ?? '')
  if (!presented) return null
  const session = await deps.db.session.findUnique({ where: { id: presented.sessionId } })
  if (!session || judgeRefresh(deps.refreshKey, session, presented, deps.now()) === 'forged') return null
  return session.id
}
