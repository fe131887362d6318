import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, PrismaClient, ShareLink } from '../../../prisma/client/client.ts'
import { HOUSE, type ByteStore } from '../../storage/byte-store.ts'
import { linkPasswords } from '../link-passwords.ts'
import { hashLinkToken } from '../link-token.ts'
import { LinkNotFoundError, LinkPasswordError } from '../share.errors.ts'

interface Deps {
  db: PrismaClient
  bytes: Pick<ByteStore, 'ticket'>
  rateLimits: RateLimits
  outbox: Pick<OutboxDispatcher, 'kick'>
  now: () => number
}

export interface Opener {
  token: string
  password?: string | null
  ip: string
  requestId: string
}

export type OpenedLink = ShareLink & { document: Document }

/** Wrong tokens an address may try; far too few to find one of 192 bits, enough for a person who mistypes. */
const MISSES = { points: 30, windowSeconds: 600 }
/** Passwords that may be tried on one link from one address, and from all. A rightful holder is one of them. */
const TRIES_PER_ADDRESS = { points: 10, windowSeconds: 900 }
const TRIES_PER_LINK = { points: 100, windowSeconds: 900 }
/** A download address of a link lives no longer than it takes to begin. */
const TICKET_SECONDS = 60

/**
 * What a link opens, for anyone who has it.
 * @throws LinkNotFoundError, LinkPasswordError, RateLimitedError
 */
export const openSharedLink =
  (deps: Deps) =>
  async (opener: Opener): Promise<OpenedLink> => {
    const link = await find(deps, opener)
    if (link.passwordHash) await checkPassword(deps, link, link.passwordHash, opener)
    return link
  }

/**
 * An address for the bytes. It counts as one download, and there are never more of them than the link allows.
 * @throws LinkNotFoundError, LinkPasswordError, RateLimitedError, UnavailableError
 */
export const downloadSharedLink =
  (deps: Deps) =>
  async (opener: Opener): Promise<{ url: string; expiresAt: Date; link: OpenedLink }> => {
    const link = await openSharedLink(deps)(opener)
    if (!link.document.blobId) throw new LinkNotFoundError()
    await deps.db.$transaction(async (tx) => {
      // Counted where it is checked, in one statement: two at once cannot both take the last one.
      const count = await tx.$executeRaw`
        UPDATE "share_links" SET "downloads" = "downloads" + 1
        WHERE "id" = ${link.id}::uuid AND "revoked_at" IS NULL AND ("expires_at" IS NULL OR "expires_at" > ${new Date(deps.now())})
          AND ("max_downloads" IS NULL OR "downloads" < "max_downloads")`
      if (count === 0) throw new LinkNotFoundError()
      await recordAudit(tx, {
        at: new Date(deps.now()).toISOString(),
        type: 'documents.link.downloaded',
        actorId: null,
        target: { type: 'ShareLink', id: link.id },
        ip: opener.ip.slice(0, 64) || null,
        requestId: opener.requestId.slice(0, 100) || null,
        details: { document: link.documentId },
      })
    })
    deps.outbox.kick()
    try {
      const ticket = await deps.bytes.ticket(link.document.blobId, TICKET_SECONDS, HOUSE)
      return { ...ticket, link: { ...link, downloads: link.downloads + 1 } }
    } catch (error) {
      // Nobody got anything: the count is given back.
      await deps.db
        .$executeRaw`UPDATE "share_links" SET "downloads" = greatest(0, "downloads" - 1) WHERE "id" = ${link.id}::uuid`
      throw error
    }
  }

async function find(deps: Deps, { token, ip }: Opener): Promise<OpenedLink> {
  const tokenHash = hashLinkToken(token)
  const link = tokenHash
    ? await deps.db.shareLink.findUnique({
        where: { tokenHash: new Uint8Array(tokenHash) },
        include: { document: true },
      })
    : null
  if (link && isOpen(link, deps.now())) return link
  // Only misses count, so that a link that many use from one office goes on working.
  const { allowed, retryAfterSeconds } = await deps.rateLimits.consume(`link-miss:${ip}`, MISSES)
  if (!allowed) throw new RateLimitedError(retryAfterSeconds)
  throw new LinkNotFoundError()
}

function isOpen(link: OpenedLink, now: number): boolean {
  if (link.revokedAt || (link.expiresAt && link.expiresAt.getTime() <= now)) return false
  if (link.maxDownloads !== null && link.downloads >= link.maxDownloads) return false
  const { document } = link
  return !document.trashedAt && !document.purgingAt && document.blobId !== null && document.ownerId === link.createdBy
}

async function checkPassword(deps: Deps, link: ShareLink, kept: string, { password, ip }: Opener): Promise<void> {
  if (!password) throw new LinkPasswordError(false)
  const mine = await deps.rateLimits.consume(`link-password:${link.id}:${ip}`, TRIES_PER_ADDRESS)
  if (!mine.allowed) throw new RateLimitedError(mine.retryAfterSeconds)
  // Of all addresses together only wrong passwords count, so that many who know it do not stand in each other's way.
  const everybody = await deps.rateLimits.consume(`link-password:${link.id}`, TRIES_PER_LINK, 0)
  if (!everybody.allowed) throw new RateLimitedError(everybody.retryAfterSeconds)
  if (!(await linkPasswords.verify(kept, password))) {
    await deps.rateLimits.consume(`link-password:${link.id}`, TRIES_PER_LINK)
    throw new LinkPasswordError(true)
  }
  await deps.rateLimits.reset(`link-password:${link.id}:${ip}`)
}
