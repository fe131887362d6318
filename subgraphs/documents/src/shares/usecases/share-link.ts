import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { v7 as uuidv7 } from 'uuid'
import type { PrismaClient, ShareLink } from '../../../prisma/client/client.ts'
import { requireDocument, type Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import { linkPasswords } from '../link-passwords.ts'
import { hashLinkToken, newLinkToken } from '../link-token.ts'

interface Deps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
  now: () => number
}

export interface LinkInput {
  documentId: string | null
  expiresAt?: Date | null
  password?: string | null
  maxDownloads?: number | null
}

const MAX_LINKS = 50
const MAX_DOWNLOADS = 1_000_000

/**
 * Makes an address that opens one document to whoever has it. The token is in the answer and nowhere else.
 * @throws NotFoundError, NotAllowedError, InTrashError, InvalidInputError
 */
export const createShareLink =
  (deps: Deps) =>
  async (input: LinkInput, actor: Actor): Promise<{ link: ShareLink; token: string }> => {
    checkInput(input, deps.now())
    const document = await requireDocument(deps.db, actor.access, input.documentId, 'OWN')
    if (document.trashedAt) throw new InTrashError()
    const token = newLinkToken()
    const passwordHash = input.password ? await linkPasswords.hash(input.password) : null
    const link = await deps.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "documents" WHERE "id" = ${document.id}::uuid FOR NO KEY UPDATE`
      if ((await tx.shareLink.count({ where: { documentId: document.id, revokedAt: null } })) >= MAX_LINKS)
        throw new InvalidInputError('documentId', `A document has at most ${MAX_LINKS} links. Revoke some first.`)
      const row = await tx.shareLink.create({
        data: {
          id: uuidv7(),
          documentId: document.id,
          tokenHash: new Uint8Array(hashLinkToken(token) as Buffer),
          passwordHash,
          expiresAt: input.expiresAt ?? null,
          maxDownloads: input.maxDownloads ?? null,
          createdBy: actor.access.userId,
        },
      })
      await audit(
        tx,
        actor,
        'link.created',
        { type: 'ShareLink', id: row.id },
        {
          document: document.id,
          password: passwordHash !== null,
          expiresAt: input.expiresAt?.toISOString() ?? null,
          maxDownloads: input.maxDownloads ?? null,
        },
      )
      return row
    })
    deps.outbox.kick()
    return { link, token }
  }

/** Ends a link, from this moment on. Ending it twice is fine. @throws NotFoundError */
export const revokeShareLink =
  (deps: Deps) =>
  async (linkId: string | null, actor: Actor): Promise<ShareLink> => {
    const owned = { id: linkId ?? '', document: { ownerId: actor.access.userId, purgingAt: null } }
    const link = linkId ? await deps.db.shareLink.findFirst({ where: owned }) : null
    if (!link) throw new NotFoundError('The link')
    const revoked = await deps.db.$transaction(async (tx) => {
      const { count } = await tx.shareLink.updateMany({
        where: { id: link.id, revokedAt: null },
        data: { revokedAt: new Date(deps.now()) },
      })
      if (count > 0)
        await audit(tx, actor, 'link.revoked', { type: 'ShareLink', id: link.id }, { document: link.documentId })
      return tx.shareLink.findUniqueOrThrow({ where: { id: link.id } })
    })
    deps.outbox.kick()
    return revoked
  }

function checkInput(input: LinkInput, now: number): void {
  if (input.expiresAt && input.expiresAt.getTime() <= now)
    throw new InvalidInputError('expiresAt', 'The end of the link is in the past.')
  if (typeof input.password === 'string' && (input.password.length < 8 || input.password.length > 128))
    throw new InvalidInputError('password', 'A password has 8 to 128 characters.')
  const { maxDownloads } = input
  if (typeof maxDownloads === 'number' && (maxDownloads < 1 || maxDownloads > MAX_DOWNLOADS))
    throw new InvalidInputError('maxDownloads', `Downloads are limited to 1 to ${MAX_DOWNLOADS}.`)
}
