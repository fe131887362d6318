import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { IssueAccessToken } from '../access-token.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { expiryFrom, judgeRefresh, parseRefreshToken, refreshToken } from '../session.ts'
import { SessionEndedError } from '../session.errors.ts'
import type { EndSession } from './end-session.ts'
import { groupNames, type OpenedSession } from './open-session.ts'

interface Deps {
  db: PrismaClient
  refreshKey: Buffer
  cookie: RefreshCookie
  issueAccessToken: IssueAccessToken
  endSession: EndSession
  now: () => number
}

/** A rotation lost to another request is judged anew; more than this many in a row is not a race any more. */
const MAX_ROUNDS = 5

/**
 * Trades the refresh cookie for a new access token and the successor cookie. Requests at once with the same cookie get
 * the same successor; a token used again later ends the session for whoever holds it.
 * @throws SessionEndedError
 */
export const refreshSession =
  (deps: Deps) =>
  async (cookieHeader: string | undefined): Promise<OpenedSession> => {
    const presented = parseRefreshToken(deps.cookie.read(cookieHeader) ?? '')
    if (!presented) throw new SessionEndedError()
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const session = await deps.db.session.findUnique({ where: { id: presented.sessionId }, include: { user: true } })
      if (!session?.user.active) throw new SessionEndedError()
      const now = deps.now()
      const verdict = judgeRefresh(deps.refreshKey, session, presented, now)
      if (verdict === 'reuse') await deps.endSession(session.id, 'refresh token reused')
      if (verdict !== 'rotate' && verdict !== 'repeat') throw new SessionEndedError()
      const counter = verdict === 'rotate' ? session.counter + 1 : session.counter
      if (verdict === 'rotate') {
        const { count } = await deps.db.session.updateMany({
          where: { id: session.id, counter: session.counter, endedAt: null },
          data: { counter, rotatedAt: new Date(now), expiresAt: expiryFrom(session.createdAt.getTime(), now) },
        })
        if (count === 0) continue
      }
      const { user } = session
      const groups = await groupNames(deps.db, user.id)
      const token = await deps.issueAccessToken({ userId: user.id, sessionId: session.id, role: user.role, groups })
      return { ...token, user, cookie: deps.cookie.set(refreshToken(deps.refreshKey, session, counter)) }
    }
    throw new SessionEndedError()
  }
