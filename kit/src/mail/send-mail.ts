import { z } from 'zod'
import { defineJob } from '../jobs/job.ts'
import { enqueue, type OutboxTransaction } from '../jobs/outbox.ts'

const mail = z.strictObject({
  /** Whose address it goes to; identity alone knows it. */
  userId: z.string().max(64),
  /** Another address of theirs than the present one: the old or the new one of a change. */
  to: z.email().max(254).optional(),
  /** A template of identity's, for example `cloud-connection-broken`. */
  template: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** What the template shows. */
  values: z.record(z.string().max(64), z.string().max(2_000)).default({}),
})

export type Mail = z.output<typeof mail>

/** Asks identity, which knows addresses and languages, to send a mail. */
export const sendMailJob = defineJob({
  queue: 'identity',
  name: 'send-mail',
  schema: mail,
  attempts: 10,
  backoffMs: 30_000,
  timeoutMs: 60_000,
})

/** Sends a mail once the caller's transaction commits. @throws ZodError when it does not fit. */
export async function sendMail(tx: OutboxTransaction, message: z.input<typeof mail>): Promise<void> {
  await enqueue(tx, sendMailJob, mail.parse(message))
}
