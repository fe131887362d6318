import { z } from 'zod'
import { defineJob } from '../jobs/job.ts'
import { enqueue, type OutboxTransaction } from '../jobs/outbox.ts'

/** What may stand beside an event: short facts, never a secret and never what a document says. */
const details = z.record(z.string().max(64), z.union([z.string().max(500), z.number(), z.boolean(), z.null()]))

const auditEvent = z.strictObject({
  /** When it happened, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  /** `service.thing.happened`, for example `storage.backend.added`. */
  type: z.string().regex(/^[a-z]+(\.[a-z][a-z-]*)+$/),
  /** Who did it; null for the vault itself and for strangers. */
  actorId: z.string().max(64).nullable(),
  /** What it was done to. */
  target: z.strictObject({ type: z.string().max(64), id: z.string().max(200) }).nullable(),
  ip: z.string().max(64).nullable().default(null),
  requestId: z.string().max(100).nullable().default(null),
  details: details.default({}),
})

export type AuditEventInput = z.input<typeof auditEvent>
export type AuditEvent = z.output<typeof auditEvent>

/** Carries an event to identity, which keeps the log. Its id is the event's id, so that a repeated delivery changes nothing. */
export const recordAuditJob = defineJob({
  queue: 'identity',
  name: 'record-audit',
  schema: auditEvent,
  attempts: 20,
  timeoutMs: 30_000,
})

/**
 * Records an event in the caller's transaction: it reaches the log exactly once if the transaction commits, and never otherwise.
 * @throws ZodError when the event does not fit.
 */
export async function recordAudit(tx: OutboxTransaction, event: AuditEventInput): Promise<void> {
  await enqueue(tx, recordAuditJob, auditEvent.parse(event))
}
