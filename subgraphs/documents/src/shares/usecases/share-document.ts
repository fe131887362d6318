import { InvalidInputError, NotFoundError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { v7 as uuidv7 } from 'uuid'
import type { AccessLevel, PrismaClient, Share } from '../../../prisma/client/client.ts'
import { requireDocument, type Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { InTrashError } from '../../documents/document.errors.ts'
import type { AnnounceDocument } from '../../documents/document-events.ts'
import type { Caller } from '../../storage/byte-store.ts'
import type { Directory } from '../directory.ts'

interface Deps {
  db: PrismaClient
  directory: Directory
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
  rateLimits: RateLimits
}

export interface ShareInput {
  documentId: string | null
  /** Exactly one of the three. */
  email?: string | null
  userId?: string | null
  groupId?: string | null
  level: AccessLevel
}

/** Of one document. */
const MAX_SHARES = 200
/** Whoever tries addresses learns who has an account: slowly. */
const LOOKUPS = { points: 120, windowSeconds: 3600 }

/**
 * Opens a document to a person or a group; again with another level changes the level.
 * @throws NotFoundError for the document, the person or the group; NotAllowedError, InTrashError, InvalidInputError,
 *   RateLimitedError, UnavailableError
 */
export const shareDocument =
  (deps: Deps) =>
  async (input: ShareInput, actor: Actor, as: Caller): Promise<Share> => {
    const document = await requireDocument(deps.db, actor.access, input.documentId, 'OWN')
    if (document.trashedAt) throw new InTrashError()
    const subject = await findSubject(deps, input, actor, as)
    if (subject.kind === 'USER' && subject.id === document.ownerId)
      throw new InvalidInputError('userId', 'It is yours already.')
    const share = await deps.db.$transaction(async (tx) => {
      // Sharing the same document follows one after the other, so that the bound holds.
      await tx.$queryRaw`SELECT 1 FROM "documents" WHERE "id" = ${document.id}::uuid FOR NO KEY UPDATE`
      const principal = `${subject.kind === 'USER' ? 'u' : 'g'}:${subject.id}`
      const present = await tx.share.findFirst({ where: { documentId: document.id, principal } })
      if (!present && (await tx.share.count({ where: { documentId: document.id } })) >= MAX_SHARES)
        throw new InvalidInputError(
          'documentId',
          `A document is shared with at most ${MAX_SHARES}. Share it with a group.`,
        )
      const row = present
        ? await tx.share.update({ where: { id: present.id }, data: { level: input.level } })
        : await tx.share.create({
            data: {
              id: uuidv7(),
              documentId: document.id,
              kind: subject.kind,
              subjectId: subject.id,
              level: input.level,
              createdBy: actor.access.userId,
            },
          })
      await audit(
        tx,
        actor,
        'document.shared',
        { type: 'Document', id: document.id },
        {
          with: principal,
          level: input.level,
        },
      )
      return row
    })
    deps.outbox.kick()
    await deps.announce(document)
    return share
  }

interface Subject {
  kind: 'USER' | 'GROUP'
  id: string
}

async function findSubject(deps: Deps, input: ShareInput, actor: Actor, as: Caller): Promise<Subject> {
  const given = [input.email, input.userId, input.groupId].filter((each) => typeof each === 'string')
  if (given.length !== 1)
    throw new InvalidInputError('email', 'Say with whom: an email address, a person or a group, one of them.')
  const { allowed, retryAfterSeconds } = await deps.rateLimits.consume(`share:${actor.access.userId}`, LOOKUPS)
  if (!allowed) throw new RateLimitedError(retryAfterSeconds)
  if (typeof input.groupId === 'string') {
    const group = await deps.directory.group(input.groupId, as)
    if (!group) throw new NotFoundError('The group')
    return { kind: 'GROUP', id: group.id }
  }
  const email = input.email?.trim()
  if (email !== undefined && (email.length > 254 || !email.includes('@')))
    throw new InvalidInputError('email', 'This is not an email address.')
  const person = await deps.directory.person(email === undefined ? { id: input.userId as string } : { email }, as)
  if (!person) throw new NotFoundError('The person')
  return { kind: 'USER', id: person.id }
}
