import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { Client } from '@archivolt/kit/identity/identity'
import type { PrismaClient, Session, User } from '../../../prisma/client/client.ts'
import type { IssueAccessToken } from '../access-token.ts'
import type { Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import type { SessionCookies } from '../session-cookies.ts'
import { SessionEndedError } from '../session.errors.ts'
import { expiryFrom, judgeRefresh, parseRefreshToken, refreshToken } from '../session.ts'
import type { Transact } from '../unit-of-work.ts'
import { deviceName, groupNames, type OpenedSession } from './open-session.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  refreshKey: Buffer
  cookies: SessionCookies
  fingerprint: (client: Client) => string
  issueAccessToken: IssueAccessToken
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
  async (cookieHeader: string | undefined, device: Device): Promise<OpenedSession> => {
    const presented = parseRefreshToken(deps.cookies.readRefresh(cookieHeader) ?? '')
    if (!presented) throw new SessionEndedError()
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const session = await deps.db.session.findUnique({ where: { id: presented.sessionId }, include: { user: true } })
      if (!session?.user.active) throw new SessionEndedError()
      const now = deps.now()
      const verdict = judgeRefresh(deps.refreshKey, session, presented, now)
      if (verdict === 'reuse') await endForReuse(deps, session, device)
      if (verdict !== 'rotate' && verdict !== 'repeat') throw new SessionEndedError()
      const counter = verdict === 'rotate' ? session.counter + 1 : session.counter
      if (verdict === 'rotate') {
        const { count } = await deps.db.session.updateMany({
          where: { id: session.id, counter: session.counter, endedAt: null },
          data: { counter, rotatedAt: new Date(now), expiresAt: expiryFrom(session.createdAt.getTime(), now) },
        })
        if (count === 0) continue
      }
      return answer(deps, session, counter, device)
    }
    throw new SessionEndedError()
  }

async function answer(
  deps: Deps,
  session: Session & { user: User },
  counter: number,
  device: Device,
): Promise<OpenedSession> {
  const { user } = session
  const fingerprint = deps.fingerprint(device)
  if (fingerprint !== session.fingerprint) await noteChange(deps, session, fingerprint, device)
  const groups = await groupNames(deps.db, user.id)
  const subject = { userId: user.id, sessionId: session.id, role: user.role, groups, fingerprint }
  const token = await deps.issueAccessToken(subject)
  return { ...token, user, cookies: [deps.cookies.refresh(refreshToken(deps.refreshKey, session, counter))] }
}

/** The cookie decides, not the look of the browser; but the log says that the look has changed, once. */
async function noteChange(deps: Deps, session: Session, fingerprint: string, device: Device): Promise<void> {
  await deps.transact(async ({ tx }) => {
    const { count } = await tx.session.updateMany({
      where: { id: session.id, fingerprint: session.fingerprint },
      data: { fingerprint, userAgent: device.userAgent.slice(0, 300) },
    })
    // Sessions of before there were fingerprints get their first one silently.
    if (count === 0 || session.fingerprint === '') return
    await noteEvent(tx, {
      type: 'session.client-changed',
      userId: session.userId,
      device,
      at: deps.now(),
      details: { sessionId: session.id, from: deviceName(session.userAgent), to: deviceName(device.userAgent) },
    })
  })
}

async function endForReuse(deps: Deps, session: Session, device: Device): Promise<void> {
  await deps.transact(async ({ tx, endSessions }) => {
    const ended = await endSessions({ id: session.id }, 'refresh token reused')
    if (ended.length === 0) return
    await noteEvent(tx, {
      type: 'session.token-reused',
      userId: session.userId,
      actorId: null,
      device,
      at: deps.now(),
      details: { sessionId: session.id },
    })
    await sendMail(tx, {
      userId: session.userId,
      template: 'refresh-reuse',
      values: { device: deviceName(session.userAgent), ip: device.ip, at: new Date(deps.now()).toISOString() },
    })
  })
}
