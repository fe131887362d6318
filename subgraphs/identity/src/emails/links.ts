import { randomBytes } from 'node:crypto'
import type { LinkPurpose, MailLink, Prisma } from '../../prisma/client/client.ts'
import { LinkExpiredError } from './email.errors.ts'
import { isTokenOf, linkIdIn, LINKS, LINKS_PER_HOUR } from './mail-link.ts'

export interface Links {
  /**
   * Makes a link and closes the older ones of its kind; null when this account was sent enough of them in this hour.
   * @param about the account, and the address it goes to
   */
  make(
    tx: Prisma.TransactionClient,
    purpose: LinkPurpose,
    about: { userId: string; email: string; newEmail?: string },
  ): Promise<MailLink | null>
  /** Uses a link up: of several at once, one gets it. @throws LinkExpiredError */
  use(tx: Prisma.TransactionClient, purposes: readonly LinkPurpose[], token: string): Promise<MailLink>
  /** The link, left unused: so that what else can be wrong is told before. @throws LinkExpiredError */
  look(tx: Prisma.TransactionClient, purposes: readonly LinkPurpose[], token: string): Promise<MailLink>
}

const HOUR_MS = 3_600_000

/** @param key 32 bytes under which tokens are derived */
export function createLinks({ key, now }: { key: Buffer; now: () => number }): Links {
  const look: Links['look'] = async (tx, purposes, token) => {
    const id = linkIdIn(token)
    const link = id ? await tx.mailLink.findUnique({ where: { id } }) : null
    const open = link && !link.closedAt && link.expiresAt.getTime() > now() && purposes.includes(link.purpose)
    if (!open || !isTokenOf(key, link, token)) throw new LinkExpiredError()
    return link
  }
  return {
    look,
    async make(tx, purpose, { userId, email, newEmail }) {
      const at = now()
      // Two at once would each close the others and leave both open.
      await tx.$executeRaw`SELECT 1 FROM "users" WHERE "id" = ${userId}::uuid FOR UPDATE`
      const recent = await tx.mailLink.count({
        where: { userId, purpose, createdAt: { gt: new Date(at - HOUR_MS) } },
      })
      if (recent >= LINKS_PER_HOUR) return null
      await tx.mailLink.updateMany({ where: { userId, purpose, closedAt: null }, data: { closedAt: new Date(at) } })
      const expiresAt = new Date(at + LINKS[purpose].lifetimeMs)
      const data = { userId, purpose, email, newEmail, salt: randomBytes(16), createdAt: new Date(at), expiresAt }
      return tx.mailLink.create({ data })
    },
    async use(tx, purposes, token) {
      const link = await look(tx, purposes, token)
      const at = new Date(now())
      const { count } = await tx.mailLink.updateMany({
        where: { id: link.id, closedAt: null },
        data: { closedAt: at, usedAt: at },
      })
      if (count === 0) throw new LinkExpiredError()
      return link
    },
  }
}
