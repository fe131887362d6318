import { recordAudit, type AuditEventInput } from '@archivolt/kit/audit/record-audit'
import type { OutboxTransaction } from '@archivolt/kit/jobs/outbox'

/** What the log says of something that happened to an account. */
export interface AccountEvent {
  /** Without `identity.` in front. */
  type: string
  /** Whose account it is; null when the address has none. */
  userId: string | null
  /** Who did it, when not the person themselves; null for a stranger. */
  actorId?: string | null
  device: { ip: string; requestId: string } | null
  details?: AuditEventInput['details']
  /** Milliseconds since 1970. */
  at: number
}

/** Notes an event of an account in the audit log, in the caller's transaction. */
export async function noteEvent(tx: OutboxTransaction, event: AccountEvent): Promise<void> {
  const { type, userId, device } = event
  await recordAudit(tx, {
    at: new Date(event.at).toISOString(),
    type: `identity.${type}`,
    actorId: event.actorId === undefined ? userId : event.actorId,
    target: userId === null ? null : { type: 'User', id: userId },
    ip: device?.ip ?? null,
    requestId: device?.requestId ?? null,
    details: event.details ?? {},
  })
}
