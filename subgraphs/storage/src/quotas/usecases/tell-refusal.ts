import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { PrismaClient } from '../../../prisma/client/client.ts'

const EVERY_MS = 60_000

/** Tells the audit log that an upload was refused for want of room: once a minute and person, however many are refused. */
export const tellRefusal =
  ({ db, outbox, now }: { db: PrismaClient; outbox: { kick(): void }; now: () => number }) =>
  async (userId: string, upload: { documentId: string; size: number }, requestId: string | null): Promise<void> => {
    const at = new Date(now())
    await db.$transaction(async (tx) => {
      // The reservation was rolled back, and with it the row of somebody who has never stored anything.
      await tx.$executeRaw`INSERT INTO "quota_accounts" ("user_id") VALUES (${userId}::uuid) ON CONFLICT DO NOTHING`
      const { count } = await tx.quotaAccount.updateMany({
        where: { userId, OR: [{ toldAt: null }, { toldAt: { lte: new Date(at.getTime() - EVERY_MS) } }] },
        data: { toldAt: at },
      })
      if (count === 0) return
      await recordAudit(tx, {
        at: at.toISOString(),
        type: 'storage.quota.exceeded',
        actorId: userId,
        target: { type: 'Document', id: upload.documentId },
        requestId,
        details: { bytes: upload.size },
      })
    })
    outbox.kick()
  }
