import { randomBytes } from 'node:crypto'
import { browserOf } from '@archivolt/kit/identity/fingerprint'
import type { Client } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { Prisma, PrismaClient, User } from '../../../prisma/client/client.ts'
import type { IssueAccessToken } from '../access-token.ts'
import { hashDevice, newDeviceId, type Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import type { SessionCookies } from '../session-cookies.ts'
import { expiryFrom, refreshToken } from '../session.ts'
import type { Transact } from '../unit-of-work.ts'

export interface OpenedSession {
  accessToken: string
  expiresAt: Date
  user: User
  /** `set-cookie` values; the refresh token comes first. */
  cookies: string[]
}

interface Deps {
  db: PrismaClient
  transact: Transact
  refreshKey: Buffer
  cookies: SessionCookies
  fingerprint: (client: Client) => string
  issueAccessToken: IssueAccessToken
  now: () => number
}

export type OpenSession = (user: User, device: Device, how: string) => Promise<OpenedSession>

/** More devices than one person has; the one not used for longest is forgotten first. */
const MAX_DEVICES = 50

/**
 * Starts a session for a person who has just proved who they are, with every factor of their account.
 * @param how by what: `password`, `totp`, `backup code`, `registration`
 */
export const openSession =
  (deps: Deps): OpenSession =>
  async (user, device, how) => {
    const now = deps.now()
    const fingerprint = deps.fingerprint(device)
    // A device that shows no cookie gets one; a known one keeps its own.
    const newId = device.hash ? null : newDeviceId()
    const deviceHash = device.hash ?? hashDevice(newId)!
    const session = await deps.transact(async ({ tx }) => {
      await rememberDevice(tx, user, { ...device, hash: deviceHash }, now)
      const opened = await tx.session.create({
        data: {
          userId: user.id,
          salt: randomBytes(16),
          createdAt: new Date(now),
          rotatedAt: new Date(now),
          authenticatedAt: new Date(now),
          expiresAt: expiryFrom(now, now),
          userAgent: device.userAgent.slice(0, 300),
          ip: device.ip,
          fingerprint,
          deviceHash,
        },
      })
      await noteEvent(tx, {
        type: 'session.opened',
        userId: user.id,
        device,
        at: now,
        details: { sessionId: opened.id, how, browser: deviceName(device.userAgent) },
      })
      return opened
    })
    const groups = await groupNames(deps.db, user.id)
    const subject = { userId: user.id, sessionId: session.id, role: user.role, groups, fingerprint }
    const token = await deps.issueAccessToken(subject)
    const cookies = [deps.cookies.refresh(refreshToken(deps.refreshKey, session, session.counter))]
    if (newId) cookies.push(deps.cookies.device(newId))
    return { ...token, user, cookies }
  }

async function rememberDevice(
  tx: Prisma.TransactionClient,
  user: User,
  device: Device & { hash: Uint8Array<ArrayBuffer> },
  now: number,
): Promise<void> {
  const at = new Date(now)
  const { count } = await tx.device.updateMany({
    where: { userId: user.id, hash: device.hash },
    data: { lastUsedAt: at },
  })
  if (count > 0) return
  const others = await tx.device.findMany({
    where: { userId: user.id },
    orderBy: { lastUsedAt: 'desc' },
    select: { hash: true },
    take: MAX_DEVICES * 2,
  })
  await tx.device.createMany({
    data: { userId: user.id, hash: device.hash, createdAt: at, lastUsedAt: at },
    skipDuplicates: true,
  })
  const surplus = others.slice(MAX_DEVICES - 1).map((row) => row.hash)
  if (surplus.length) await tx.device.deleteMany({ where: { userId: user.id, hash: { in: surplus } } })
  // The first device of an account is the one it was made on.
  if (others.length)
    await sendMail(tx, {
      userId: user.id,
      template: 'new-device',
      values: { device: deviceName(device.userAgent), ip: device.ip, at: at.toISOString() },
    })
}

/** `Firefox on Linux`, or what little is known. */
export function deviceName(userAgent: string): string {
  const { family, platform } = browserOf(userAgent)
  if (!family) return 'A program'
  return platform ? `${family} on ${platform}` : family
}

/** Names of the groups a person is in, at most as many as fit into a token. */
export async function groupNames(db: Pick<PrismaClient, 'groupMember'>, userId: string): Promise<string[]> {
  const rows = await db.groupMember.findMany({
    where: { userId },
    select: { group: { select: { name: true } } },
    take: 200,
  })
  return rows.map((row) => row.group.name)
}
