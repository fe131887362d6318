import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Migration, Prisma } from '../../prisma/client/client.ts'

/** Who asks for a step; null for the vault itself. */
export interface Actor {
  userId: string
  requestId: string | null
}

type Details = Record<string, string | number | boolean | null>

/** Keeps a step in the migration's history and in the audit log, in the caller's transaction. */
export async function note(
  tx: Prisma.TransactionClient,
  migration: Pick<Migration, 'id'>,
  step: { action: string; actor: Actor | null; at: Date; details?: Details },
): Promise<void> {
  const { action, actor, at, details = {} } = step
  const actorId = actor?.userId ?? null
  await tx.migrationEvent.create({ data: { migrationId: migration.id, at, actorId, action, details } })
  await recordAudit(tx, {
    at: at.toISOString(),
    type: `storage.migration.${action.replaceAll('_', '-')}`,
    actorId,
    target: { type: 'Migration', id: migration.id },
    requestId: actor?.requestId ?? null,
    details,
  })
}

/** Where every process hears that there is something to do, with the id of a migration. */
export const WORK_CHANNEL = 'storage.migrations'

/** Where subscribers hear that a migration got on. */
export function progressChannel(migrationId: string): string {
  return `storage.migration.${migrationId}`
}

export interface Announcer {
  /** Tells workers and subscribers that a migration was changed by someone. */
  changed(migrationId: string): Promise<void>
  /** Tells subscribers that a migration got on. */
  progressed(migrationId: string): Promise<void>
}

/** What is announced is read from the rows; an announcement that is lost costs a delay and nothing else. */
export function createAnnouncer(pubsub: Pick<PubSub, 'publish'>, log: Logger): Announcer {
  const tell = async (channel: string, migrationId: string) => {
    await pubsub.publish(channel, migrationId).catch((error: unknown) => {
      log.debug({ err: error, migrationId }, 'a migration could not be announced')
    })
  }
  return {
    async changed(migrationId) {
      await Promise.all([tell(WORK_CHANNEL, migrationId), tell(progressChannel(migrationId), migrationId)])
    },
    progressed: (migrationId) => tell(progressChannel(migrationId), migrationId),
  }
}
