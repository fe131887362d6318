import { randomBytes } from 'node:crypto'
import type { PrismaClient, User } from '../../../prisma/client/client.ts'
import type { IssueAccessToken } from '../access-token.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { expiryFrom, refreshToken } from '../session.ts'

/** What is known of the device that signs in. */
export interface Device {
  ip: string
  userAgent: string
}

export interface OpenedSession {
  accessToken: string
  expiresAt: Date
  user: User
  /** A `set-cookie` value with the refresh token. */
  cookie: string
}

interface Deps {
  db: PrismaClient
  refreshKey: Buffer
  cookie: RefreshCookie
  issueAccessToken: IssueAccessToken
  now: () => number
}

export type OpenSession = (user: User, device: Device) => Promise<OpenedSession>

/** Starts a session for a person who has just proved who they are. */
export const openSession =
  (deps: Deps): OpenSession =>
  async (user, device) => {
    const now = deps.now()
    const session = await deps.db.session.create({
      data: {
        userId: user.id,
        salt: randomBytes(16),
        createdAt: new Date(now),
        rotatedAt: new Date(now),
        expiresAt: expiryFrom(now, now),
        userAgent: device.userAgent.slice(0, 300),
        ip: device.ip,
      },
    })
    const groups = await groupNames(deps.db, user.id)
    const token = await deps.issueAccessToken({ userId: user.id, sessionId: session.id, role: user.role, groups })
    return { ...token, user, cookie: deps.cookie.set(refreshToken(deps.refreshKey, session, session.counter)) }
  }

/** Names of the groups a person is in, at most as many as fit into a token. */
export async function groupNames(db: PrismaClient, userId: string): Promise<string[]> {
  const rows = await db.groupMember.findMany({
    where: { userId },
    select: { group: { select: { name: true } } },
    take: 200,
  })
  return rows.map((row) => row.group.name)
}
