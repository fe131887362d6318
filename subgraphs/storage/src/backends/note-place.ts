import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { OutboxTransaction } from '@archivolt/kit/jobs/outbox'
import type { StorageBackend } from '../../prisma/client/client.ts'

/** Who changes a place. */
export interface PlaceActor {
  userId: string
  ip: string | null
  requestId: string | null
}

/** What every change of a place needs besides the database. */
export interface PlaceDeps {
  outbox: { kick(): void }
  now: () => number
}

/** Tells the audit log of a change of a place, in the transaction of the change. Nothing of its configuration is told. */
export async function notePlace(
  tx: OutboxTransaction,
  action: 'added' | 'changed' | 'removed' | 'chosen',
  place: Pick<StorageBackend, 'id' | 'name' | 'driver'>,
  { actor, at }: { actor: PlaceActor; at: number },
): Promise<void> {
  await recordAudit(tx, {
    at: new Date(at).toISOString(),
    type: `storage.backend.${action}`,
    actorId: actor.userId,
    target: { type: 'StorageBackend', id: place.id },
    ip: actor.ip,
    requestId: actor.requestId,
    details: { name: place.name, driver: place.driver },
  })
}
