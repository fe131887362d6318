import { recordAudit, type AuditEventInput } from '@archivolt/kit/audit/record-audit'
import type { OutboxTransaction } from '@archivolt/kit/jobs/outbox'
import type { Actor } from './access.ts'

/** Records what a person did, in the transaction that does it. Never a title, a note or a name a person chose. */
export async function audit(
  tx: OutboxTransaction,
  actor: Actor,
  type: string,
  target: { type: string; id: string },
  details: AuditEventInput['details'] = {},
): Promise<void> {
  await recordAudit(tx, {
    at: new Date().toISOString(),
    type: `documents.${type}`,
    actorId: actor.access.userId,
    target,
    ip: actor.ip.slice(0, 64) || null,
    requestId: actor.requestId.slice(0, 100) || null,
    details,
  })
}
