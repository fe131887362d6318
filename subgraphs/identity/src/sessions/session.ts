import { createHmac, timingSafeEqual } from 'node:crypto'

const DAY = 86_400_000
/** A session ends after this long without use, and after the longer time whatever its use. */
export const IDLE_MS = 30 * DAY
export const ABSOLUTE_MS = 180 * DAY
/** How long the immediate parent of a refresh token still works: two tabs refresh at once, a reply gets lost. */
export const REFRESH_GRACE_MS = 10_000
export const ACCESS_TOKEN_MS = 15 * 60_000

export interface SessionRow {
  id: string
  salt: Uint8Array
  counter: number
  rotatedAt: Date
  createdAt: Date
  expiresAt: Date
  endedAt: Date | null
}

export interface PresentedToken {
  sessionId: string
  counter: number
  mac: Buffer
}

/**
 * The refresh token of one rotation. It is derived, so the database holds nothing that signs anyone in, and every
 * process answers a repeated refresh with the same successor.
 */
export function refreshToken(key: Buffer, session: { id: string; salt: Uint8Array }, counter: number): string {
  return `${session.id}.${counter}.${mac(key, session, counter).toString('base64url')}`
}

function mac(key: Buffer, session: { id: string; salt: Uint8Array }, counter: number): Buffer {
  return createHmac('sha256', key).update(session.salt).update(`${session.id}.${counter}`).digest()
}

/** The parts of a presented token, unverified, or null when it has not the form of one. */
export function parseRefreshToken(token: string): PresentedToken | null {
  const match = /^([0-9a-f-]{36})\.(\d{1,9})\.([A-Za-z0-9_-]{43})$/.exec(token)
  if (!match) return null
  return { sessionId: match[1] as string, counter: Number(match[2]), mac: Buffer.from(match[3] as string, 'base64url') }
}

export type RefreshVerdict = 'rotate' | 'repeat' | 'reuse' | 'ended' | 'forged'

/**
 * What a presented token means for its session. `repeat` covers only the immediate parent, counted from the one moment
 * it was rotated, so that the grace neither slides nor reaches further back.
 */
export function judgeRefresh(key: Buffer, session: SessionRow, presented: PresentedToken, now: number): RefreshVerdict {
  const expected = mac(key, session, presented.counter)
  if (presented.mac.length !== expected.length || !timingSafeEqual(presented.mac, expected)) return 'forged'
  if (session.endedAt || session.expiresAt.getTime() <= now) return 'ended'
  if (presented.counter === session.counter) return 'rotate'
  if (presented.counter === session.counter - 1 && now - session.rotatedAt.getTime() <= REFRESH_GRACE_MS)
    return 'repeat'
  return 'reuse'
}

/** The idle end from now, never beyond the absolute end. */
export function expiryFrom(createdAt: number, now: number): Date {
  return new Date(Math.min(now + IDLE_MS, createdAt + ABSOLUTE_MS))
}
