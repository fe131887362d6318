import { createHmac, timingSafeEqual } from 'node:crypto'
import type { LinkPurpose } from '../../prisma/client/client.ts'

const HOUR = 3_600_000

/** How long a link counts, and where in the web client it leads. */
export const LINKS: Record<LinkPurpose, { lifetimeMs: number; path: string }> = {
  VERIFY_EMAIL: { lifetimeMs: 24 * HOUR, path: '/verify-email' },
  RESET_PASSWORD: { lifetimeMs: HOUR, path: '/reset-password' },
  CHANGE_EMAIL_OLD: { lifetimeMs: 24 * HOUR, path: '/confirm-email' },
  CHANGE_EMAIL_NEW: { lifetimeMs: 24 * HOUR, path: '/confirm-email' },
}

/** More of one kind in an hour are not sent: the newest that was sent still counts. */
export const LINKS_PER_HOUR = 5

interface LinkRow {
  id: string
  purpose: LinkPurpose
  salt: Uint8Array
}

/** The token of a link. It is derived, so neither the database nor a queue holds anything that opens an account. */
export function linkToken(key: Buffer, link: LinkRow): string {
  return `${link.id}.${mac(key, link).toString('base64url')}`
}

const mac = (key: Buffer, { id, purpose, salt }: LinkRow): Buffer =>
  createHmac('sha256', key).update(salt).update(`${purpose}.${id}`).digest()

/** The id in a presented token, unverified; null when it has not the form of one. */
export function linkIdIn(token: string): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[A-Za-z0-9_-]{43}$/.exec(token)?.[1] ?? null
}

/** Whether the presented token is the one of this link. */
export function isTokenOf(key: Buffer, link: LinkRow, token: string): boolean {
  const given = Buffer.from(token.split('.')[1] ?? '', 'base64url')
  const expected = mac(key, link)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/**
 * What stands in the mail. The token is in the fragment, which browsers send to no server: it stands in no log, in no
 * `referer`, and a scanner that opens the link uses nothing up.
 */
export function linkUrl(frontendUrl: string, purpose: LinkPurpose, token: string): string {
  return `${frontendUrl.replace(/\/$/, '')}${LINKS[purpose].path}#token=${token}`
}
