import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { ReplayStore } from '@archivolt/kit/shared-state/replay'
import type { Prisma } from '../../prisma/client/client.ts'

/** Whose rights a change touches. */
export type Touched = readonly string[] | 'everyone'

export interface AccessChanges {
  /**
   * Called last in the transaction of the change: from its commit on, what any process remembers of these people is
   * out of date. @throws the shared state's error when it is away; the change then does not happen
   */
  mark(tx: Prisma.TransactionClient, whose: Touched): Promise<void>
  /** Called after the commit, so that open subscriptions are looked at now and not at their next event. Never rejects. */
  announce(whose: Touched): Promise<void>
}

/** Longer than any process remembers a person. */
export const STALE_SECONDS = 15 * 60
/** Beyond so many people, all of them are looked up anew: it is cheaper than naming them. */
const MAX_NAMED = 50

export const PEOPLE_CHANNEL = 'people'
/** Message of a change that touches everyone. */
const EVERYONE = '*'

/** Names one state of what a person may do. Once claimed in the shared state, it is out of date. */
export const personStamp = (userId: string, version: number): string => `person:${userId}:${version}`
export const everyoneStamp = (generation: number): string => `people:${generation}`

/**
 * Marks what is remembered of people as out of date. The mark names the version that was, and is set before the commit:
 * whoever reads the old state after that finds the mark on it and asks again, until the new state is there.
 */
export function accessChanges(deps: { replay: ReplayStore; pubsub: PubSub; log: Logger }): AccessChanges {
  return {
    async mark(tx, whose) {
      const stamps = isMany(whose) ? [await raiseGeneration(tx)] : await raiseVersions(tx, whose)
      await Promise.all(stamps.map((stamp) => deps.replay.claim(stamp, STALE_SECONDS)))
    },
    async announce(whose) {
      const messages = isMany(whose) ? [EVERYONE] : whose
      await Promise.all(messages.map((message) => deps.pubsub.publish(PEOPLE_CHANNEL, message))).catch(
        (error: unknown) => deps.log.warn({ err: error }, 'a change of rights was not announced'),
      )
    },
  }
}

const isMany = (whose: Touched): whose is 'everyone' => whose === 'everyone' || whose.length > MAX_NAMED

async function raiseGeneration(tx: Prisma.TransactionClient): Promise<string> {
  const { generation } = await tx.accessGeneration.upsert({
    where: { id: 1 },
    create: { generation: 1 },
    update: { generation: { increment: 1 } },
  })
  return everyoneStamp(generation - 1)
}

async function raiseVersions(tx: Prisma.TransactionClient, userIds: readonly string[]): Promise<string[]> {
  if (userIds.length === 0) return []
  const rows = await tx.user.updateManyAndReturn({
    where: { id: { in: [...userIds] } },
    data: { accessVersion: { increment: 1 } },
    select: { id: true, accessVersion: true },
  })
  return rows.map((row) => personStamp(row.id, row.accessVersion - 1))
}
