import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { Prisma } from '../../prisma/client/client.ts'
import type { Actor } from '../audit/actor.ts'
import type { Transact, Work } from '../sessions/unit-of-work.ts'
import type { AccessChanges, Touched } from './access-changes.ts'

export interface ChangeDeps {
  transact: Transact
  changes: AccessChanges
  now: () => number
}

/** What happened, for the audit log. */
export interface Happened {
  type: string
  target: { type: string; id: string }
  details?: Record<string, string | number | boolean | null>
}

export interface Change<Result> {
  result: Result
  touched: Touched
  /** Nothing is recorded of what changed nothing. */
  happened: Happened | null
}

/**
 * Runs a change of what people may do: in one transaction with its line in the audit log, in effect from the next
 * request on and, within the second, on open subscriptions.
 */
export async function changeAccess<Result>(
  deps: ChangeDeps,
  actor: Actor,
  change: (tx: Prisma.TransactionClient, work: Work) => Promise<Change<Result>>,
): Promise<Result> {
  const { result, touched } = await deps.transact(async (work) => {
    const changed = await change(work.tx, work)
    if (changed.happened) await record(work.tx, actor, changed.happened, deps.now())
    await deps.changes.mark(work.tx, changed.touched)
    return changed
  })
  await deps.changes.announce(touched)
  return result
}

/** Writes one line of the audit log in the transaction of what happened. */
export async function record(
  tx: Pick<Prisma.TransactionClient, '$executeRaw'>,
  { actorId, ip, requestId }: Actor,
  { type, target, details }: Happened,
  now: number,
): Promise<void> {
  await recordAudit(tx, { actorId, ip, requestId, at: new Date(now).toISOString(), type, target, details })
}
