import { defineJob } from '@archivolt/kit/jobs/job'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { ReplayStore } from '@archivolt/kit/shared-state/replay'
import { z } from 'zod'
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts'
import { ACCESS_TOKEN_MS } from './session.ts'

/** A transaction in which sessions and API tokens may end. */
export interface Work {
  tx: Prisma.TransactionClient
  /** Ends the open sessions that match; twice is once. @returns their ids */
  endSessions(which: { id: string } | { userId: string; exceptId?: string }, reason: string): Promise<string[]>
  /** Has the tokens of these sessions and API tokens refused, and their sockets closed, from the commit on. */
  refuseTokens(ids: readonly string[]): Promise<void>
}

/** Runs a transaction; what ends in it ends everywhere at once when it commits, also when this process dies right then. */
export type Transact = <T>(work: (work: Work) => Promise<T>) => Promise<T>

/** Says everywhere that sessions have ended. Safe to run twice. */
export type AnnounceEnds = (ids: readonly string[]) => Promise<void>

/** One job says so much of a great many sessions. */
const IDS_PER_JOB = 100

/** For the case that a process dies between its commit and the word to the others. */
export const announceEndsJob = defineJob({
  queue: 'identity',
  name: 'announce-ends',
  schema: z.strictObject({ ids: z.array(z.uuid()).max(IDS_PER_JOB) }),
  attempts: 20,
  timeoutMs: 30_000,
})

/** Access tokens of an ended session are refused for as long as the youngest of them could live. */
const REFUSED_SECONDS = ACCESS_TOKEN_MS / 1000 + 60

export const announceEnds =
  (deps: { replay: ReplayStore; pubsub: PubSub }): AnnounceEnds =>
  async (ids) => {
    for (const id of ids) {
      await deps.replay.claim(`session:${id}`, REFUSED_SECONDS)
      await deps.pubsub.publish('sessions', id)
    }
  }

export const unitOfWork =
  (deps: {
    db: PrismaClient
    announceEnds: AnnounceEnds
    outbox: { kick(): void }
    now: () => number
    log: Logger
  }): Transact =>
  async (work) => {
    const ended: string[] = []
    const result = await deps.db.$transaction(async (tx) => {
      ended.length = 0
      const refuseTokens = async (ids: readonly string[]): Promise<void> => {
        ended.push(...ids)
        for (let at = 0; at < ids.length; at += IDS_PER_JOB)
          await enqueue(tx, announceEndsJob, { ids: ids.slice(at, at + IDS_PER_JOB) })
      }
      return work({
        tx,
        refuseTokens,
        async endSessions(which, reason) {
          const where = 'id' in which ? which : { userId: which.userId, id: { not: which.exceptId } }
          const rows = await tx.session.updateManyAndReturn({
            where: { ...where, endedAt: null },
            data: { endedAt: new Date(deps.now()), endReason: reason },
            select: { id: true },
          })
          const ids = rows.map((row) => row.id)
          await refuseTokens(ids)
          return ids
        },
      })
    })
    // The job says it again: a store that does not answer now hears of it then, and lets nobody in until then.
    await deps
      .announceEnds(ended)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'ended sessions will be announced by a job'))
    deps.outbox.kick()
    return result
  }
