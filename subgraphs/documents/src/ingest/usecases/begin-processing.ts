import { randomUUID } from 'node:crypto'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import type { Prisma } from '../../../prisma/client/client.ts'
import { STEPS, stepJobs, type Step, type StepTask } from '../steps.ts'

/**
 * Sets a document's present bytes going through all steps, in the caller's transaction: it is PROCESSING, and the job
 * of the first step is on its way after the commit. What an earlier go left undone is void.
 * @param run which go this is; one of its own without it
 */
export async function beginProcessing(
  tx: Prisma.TransactionClient,
  document: { id: string; blobId: string },
  run: string = randomUUID(),
): Promise<void> {
  const first: Step = 'VERIFY'
  await tx.document.update({
    where: { id: document.id },
    data: { status: 'PROCESSING', step: first, failure: null },
  })
  await tx.$executeRaw`
    INSERT INTO "processing_steps" ("document_id", "step", "run", "state", "queued_at")
    SELECT ${document.id}::uuid, step, ${run}::uuid, 'WAITING', CASE WHEN step = ${first}::ingest_step THEN now() END
    FROM unnest(${STEPS}::ingest_step[]) AS step
    ON CONFLICT ("document_id", "step") DO UPDATE SET "run" = EXCLUDED."run", "state" = 'WAITING', "attempts" = 0,
      "note" = NULL, "queued_at" = EXCLUDED."queued_at", "lease_until" = NULL, "ended_at" = NULL`
  await enqueue(tx, stepJobs[first], { documentId: document.id, blobId: document.blobId, run })
}

/**
 * Hands a step over to its queue, in the caller's transaction; also one that was done and is to be done again. A turn
 * at it that is still under way began too early, and counts no more.
 */
export async function handOver(tx: Prisma.TransactionClient, step: Step, task: StepTask): Promise<void> {
  await tx.processingStep.updateMany({
    where: { documentId: task.documentId, step, run: task.run },
    data: { state: 'WAITING', attempts: { increment: 1 }, queuedAt: new Date(), leaseUntil: null, endedAt: null },
  })
  await enqueue(tx, stepJobs[step], task)
}

/** Leaves steps out that have nothing to do, in the caller's transaction. */
export async function skip(tx: Prisma.TransactionClient, steps: readonly Step[], task: StepTask): Promise<void> {
  await tx.processingStep.updateMany({
    where: { documentId: task.documentId, step: { in: [...steps] }, run: task.run },
    data: { state: 'SKIPPED', endedAt: new Date() },
  })
}
