import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'

interface Actor {
  userId: string
  ip: string
  requestId: string
}

/** Whose limit it is: one person's, or that of every member of a group. */
export type QuotaHolder = { userId: string } | { groupName: string }

const MAX_GROUPS = 200
const MAX_GROUP_NAME = 200

/**
 * Sets what a person or each member of a group may store. What is stored already stays.
 * @param bytes null to take the limit back
 * @throws InvalidInputError
 */
export const setQuota =
  ({ db, outbox, now }: { db: PrismaClient; outbox: { kick(): void }; now: () => number }) =>
  async (holder: QuotaHolder, bytes: number | null, actor: Actor): Promise<void> => {
    await db.$transaction(async (tx) => {
      if ('userId' in holder) {
        const { userId } = holder
        await tx.quotaAccount.upsert({ where: { userId }, create: { userId, limit: bytes }, update: { limit: bytes } })
      } else {
        const name = holder.groupName.trim()
        if (name === '' || name.length > MAX_GROUP_NAME)
          throw new InvalidInputError('groupName', 'This is not the name of a group.')
        if (bytes === null) await tx.quotaGroup.deleteMany({ where: { name } })
        else {
          await tx.quotaGroup.upsert({ where: { name }, create: { name, limit: bytes }, update: { limit: bytes } })
          if ((await tx.quotaGroup.count()) > MAX_GROUPS)
            throw new InvalidInputError('groupName', `At most ${MAX_GROUPS} groups have a limit of their own.`)
        }
      }
      await recordAudit(tx, {
        at: new Date(now()).toISOString(),
        type: 'storage.quota.changed',
        actorId: actor.userId,
        target:
          'userId' in holder ? { type: 'User', id: holder.userId } : { type: 'Group', id: holder.groupName.trim() },
        ip: actor.ip,
        requestId: actor.requestId,
        details: { bytes },
      })
    })
    outbox.kick()
  }
