import { recordAudit } from '@archivolt/kit/audit/record-audit'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { auditTarget, PROVIDER_NAMES } from '../connection.ts'

interface Deps {
  db: PrismaClient
  /** Where its owner connects it again. */
  frontendUrl: string
  now: () => number
}

/**
 * Writes down that an account does not let the vault in any more: once, however many calls find it out. Its owner hears
 * of it by mail; its documents stay where they are and are listed as before.
 * @param opened which version of the place was tried: what was connected again meanwhile is left alone
 * @param message why, and what to do, in a sentence for the owner
 */
export const breakConnection =
  (deps: Deps) =>
  async (connectionId: string, opened: number, message: string): Promise<void> => {
    await deps.db.$transaction(async (tx) => {
      const { count } = await tx.cloudConnection.updateMany({
        where: { id: connectionId, state: 'OK', backend: { version: opened } },
        data: { state: 'BROKEN', message: message.slice(0, 500) },
      })
      if (count === 0) return
      const connection = await tx.cloudConnection.findUniqueOrThrow({ where: { id: connectionId } })
      if (connection.backendId) {
        // The new version makes every process let go of its open driver.
        const data = { state: 'DOWN', message: message.slice(0, 500), version: { increment: 1 } } as const
        await tx.storageBackend.update({ where: { id: connection.backendId }, data })
      }
      const provider = PROVIDER_NAMES[connection.provider]
      await recordAudit(tx, {
        at: new Date(deps.now()).toISOString(),
        type: 'storage.connection.broken',
        actorId: null,
        target: auditTarget(connection),
        details: { ownerId: connection.ownerId, provider },
      })
      await sendMail(tx, {
        userId: connection.ownerId,
        template: 'cloud-connection-broken',
        values: {
          name: connection.name,
          provider,
          account: connection.accountLabel ?? '',
          reason: message,
          url: `${deps.frontendUrl}/account/connections`,
        },
      })
    })
  }
