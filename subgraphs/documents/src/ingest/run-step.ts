import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { JobContext } from '@archivolt/kit/jobs/job'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { Document, Prisma, PrismaClient } from '../../prisma/client/client.ts'
import type { AnnounceDocument } from '../documents/document-events.ts'
import { ReaderBroke, Unreadable } from './extract/unreadable.ts'
import { REQUIRED, type Step, type StepTask } from './steps.ts'
import { skip } from './usecases/begin-processing.ts'

export interface StepDeps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
  announce: AnnounceDocument
}

/** A document whose bytes are complete. */
export type Complete = Document & { blobId: string }

export interface StepDone {
  /** What was left out, in one sentence for the owner. */
  note?: string
  /** What follows, in the transaction that ends the step. */
  follow(tx: Prisma.TransactionClient): Promise<void>
}

/** How long a step stays with a worker that no longer says that it lives. */
const LEASE_MS = 60_000
const RENEW_MS = 20_000

/** Another worker is at it, or was when it died: look again later. */
class StepBusy extends Error {}

/**
 * Runs one step of one go: claims it, works, and ends it in one transaction with what follows, so that however often
 * its job is delivered and wherever a process dies, the step is ended once. When the file is the reason, or it was
 * tried often enough, the step ends FAILED with the reason; the file stays listed and downloadable.
 */
export const runStep =
  (deps: StepDeps) =>
  async (
    step: Step,
    task: StepTask,
    context: JobContext,
    work: (document: Complete) => Promise<StepDone>,
  ): Promise<void> => {
    const turn = await claim(deps.db, step, task)
    if (turn === null) return
    const renewing = setInterval(() => void renew(deps.db, step, task).catch(() => {}), RENEW_MS)
    const started = performance.now()
    try {
      const document = await deps.db.document.findUnique({ where: { id: task.documentId } })
      if (document?.blobId !== task.blobId) return
      try {
        const done = await work(document as Complete)
        await end(deps, step, task, turn, { state: 'DONE', note: done.note ?? null }, done.follow)
        const ms = Math.round(performance.now() - started)
        context.log.info({ documentId: document.id, step, ms }, 'a document is a step further')
      } catch (error) {
        if (context.signal.aborted) {
          await giveBack(deps.db, step, task, null)
          throw error
        }
        if (!isFinal(error, context)) {
          await giveBack(deps.db, step, task, reasonOf(error))
          throw error
        }
        context.log.warn({ err: error, documentId: document.id, step }, 'a step of a document failed')
        await failStep(deps, step, task, reasonOf(error), turn)
      }
      deps.outbox.kick()
      await deps.announce(document)
    } finally {
      clearInterval(renewing)
    }
  }

/** A file that broke its reader so often is the reason. */
const MAX_BREAKS = 5

function isFinal(error: unknown, context: JobContext): boolean {
  if (error instanceof Unreadable || context.lastAttempt) return true
  return error instanceof ReaderBroke && context.attempt >= MAX_BREAKS
}

/** @returns which turn at this step it is, null when there is nothing left to do; @throws StepBusy while another has it */
async function claim(db: PrismaClient, step: Step, task: StepTask): Promise<number | null> {
  const [claimed] = await db.$queryRaw<{ attempts: number }[]>`
    UPDATE "processing_steps" SET "state" = 'RUNNING', "attempts" = "attempts" + 1,
      "lease_until" = now() + ${LEASE_MS}::float8 * interval '1 millisecond'
    WHERE "document_id" = ${task.documentId}::uuid AND "step" = ${step}::ingest_step AND "run" = ${task.run}::uuid
      AND ("state" = 'WAITING' OR ("state" = 'RUNNING' AND "lease_until" < now()))
    RETURNING "attempts"`
  if (claimed) return claimed.attempts
  const row = await db.processingStep.findUnique({ where: { documentId_step: { documentId: task.documentId, step } } })
  if (row?.run === task.run && row.state === 'RUNNING') throw new StepBusy('Another worker has this step.')
  return null
}

async function renew(db: PrismaClient, step: Step, task: StepTask): Promise<void> {
  await db.$executeRaw`
    UPDATE "processing_steps" SET "lease_until" = now() + ${LEASE_MS}::float8 * interval '1 millisecond'
    WHERE "document_id" = ${task.documentId}::uuid AND "step" = ${step}::ingest_step AND "run" = ${task.run}::uuid
      AND "state" = 'RUNNING'`
}

/** Lets the next try begin at once. A database that is away takes the lease's time instead. */
async function giveBack(db: PrismaClient, step: Step, task: StepTask, note: string | null): Promise<void> {
  await db.processingStep
    .updateMany({
      where: { documentId: task.documentId, step, run: task.run, state: 'RUNNING' },
      data: { state: 'WAITING', leaseUntil: null, ...(note !== null && { note }) },
    })
    .catch(() => {})
}

/**
 * Ends a step, once: whoever comes second, or whose turn was taken over or made void, changes nothing, and what follows
 * does not follow again.
 */
async function end(
  deps: Pick<StepDeps, 'db'>,
  step: Step,
  task: StepTask,
  turn: number | undefined,
  outcome: { state: 'DONE' | 'FAILED'; note: string | null },
  follow: (tx: Prisma.TransactionClient) => Promise<void>,
): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const { count } = await tx.processingStep.updateMany({
      where: {
        documentId: task.documentId,
        step,
        run: task.run,
        state: { in: ['WAITING', 'RUNNING'] },
        attempts: turn,
        document: { blobId: task.blobId },
      },
      data: { ...outcome, leaseUntil: null, endedAt: new Date() },
    })
    if (count > 0) await follow(tx)
  })
}

/** Steps that have no sense after one has failed. A picture can be drawn of what cannot be read, but not of what is not what it is called. */
const VOID_AFTER: Record<Step, readonly Step[]> = {
  VERIFY: ['TEXT', 'OCR', 'INDEX', 'PREVIEW'],
  TEXT: ['OCR', 'INDEX'],
  OCR: [],
  INDEX: [],
  PREVIEW: [],
}

/** Ends a step as failed; what has no sense after it is left out, and a document that cannot do without it is FAILED. */
export async function failStep(
  deps: Pick<StepDeps, 'db'>,
  step: Step,
  task: StepTask,
  reason: string,
  turn?: number,
): Promise<void> {
  await end(deps, step, task, turn, { state: 'FAILED', note: reason }, async (tx) => {
    await skip(tx, VOID_AFTER[step], task)
    if (!REQUIRED.includes(step)) return
    await tx.document.updateMany({
      where: { id: task.documentId, blobId: task.blobId, status: 'PROCESSING' },
      data: { status: 'FAILED', step, failure: reason },
    })
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof Unreadable || error instanceof ReaderBroke || error instanceof DomainError) return error.message
  return 'Something went wrong inside the vault; the log says what.'
}
