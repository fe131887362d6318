import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue, type OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { v7 as uuidv7 } from 'uuid'
import { Prisma, type BulkUpdate, type PrismaClient } from '../../../prisma/client/client.ts'
import type { Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { requireCategory } from '../../documents/usecases/update-document.ts'
import { conditionsOf } from '../../search/conditions.ts'
import { resolveSearch, type DocumentFilter } from '../../search/resolve-search.ts'
import { bulkUpdateJob } from '../bulk-update.job.ts'
import { checkBulkChange, MAX_BULK, type BulkChange } from '../bulk.ts'

interface Deps {
  db: PrismaClient
  outbox: Pick<OutboxDispatcher, 'kick'>
  now: () => number
}

export interface BulkInput {
  /** Exactly these; without it, everything that search and filter find. */
  ids?: (string | null)[] | null
  search?: string | null
  filter?: DocumentFilter | null
  change: BulkChange
}

/** Changes of one person that run at the same time. */
const MOST_RUNNING = 5
const MAX_IDS = 1_000

/**
 * Changes everything that matches a search at this moment, by a job. Documents the person may not change are skipped
 * and counted.
 * @throws InvalidInputError also for a search with a problem in it: nothing is changed by guessing; NotFoundError
 */
export const startBulkUpdate =
  (deps: Deps) =>
  async (input: BulkInput, actor: Actor): Promise<BulkUpdate> => {
    const change = checkBulkChange(input.change)
    if (change.categoryId) await requireCategory(deps.db, actor.access.userId, change.categoryId)
    const chosen = await chooseSql(deps, input, actor, change.restore ?? false)
    const id = uuidv7()
    const bulk = await deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`bulk:${actor.access.userId}`}, 0))`
      if (
        (await tx.bulkUpdate.count({
          where: { actorId: actor.access.userId, state: { in: ['RUNNING', 'UNDOING'] } },
        })) >= MOST_RUNNING
      )
        throw new InvalidInputError(
          'change',
          `${MOST_RUNNING} of your changes are still running. Wait for one of them.`,
        )
      await tx.bulkUpdate.create({
        data: {
          id,
          actorId: actor.access.userId,
          search: input.ids ? null : (input.search ?? ''),
          change: change as Prisma.InputJsonObject,
          total: 0,
        },
      })
      const total = await tx.$executeRaw(Prisma.sql`
        INSERT INTO "bulk_items" ("bulk_id", "document_id") SELECT ${id}::uuid, "document_id" FROM (${chosen}) chosen`)
      if (total > MAX_BULK)
        throw new InvalidInputError('search', `It finds more than ${MAX_BULK} documents. Narrow it down.`)
      await enqueue(tx, bulkUpdateJob, { bulkId: id, undo: false, principals: [...actor.access.principals] })
      await audit(
        tx,
        actor,
        'bulk.started',
        { type: 'BulkUpdate', id },
        { total, changes: Object.keys(change).join(',') },
      )
      return tx.bulkUpdate.update({ where: { id }, data: { total } })
    })
    deps.outbox.kick()
    return bulk
  }

/** Takes a change back, where nobody changed the same since. @throws NotFoundError, InvalidInputError */
export const undoBulkUpdate =
  (deps: Deps) =>
  async (bulkId: string | null, actor: Actor): Promise<BulkUpdate> => {
    const bulk = bulkId
      ? await deps.db.bulkUpdate.findFirst({ where: { id: bulkId, actorId: actor.access.userId } })
      : null
    if (!bulk) throw new NotFoundError('The change')
    const undone = await deps.db.$transaction(async (tx) => {
      const { count } = await tx.bulkUpdate.updateMany({
        where: { id: bulk.id, state: { in: ['DONE', 'RUNNING'] } },
        data: { state: 'UNDOING', finishedAt: null },
      })
      if (count > 0) {
        await enqueue(tx, bulkUpdateJob, { bulkId: bulk.id, undo: true, principals: [...actor.access.principals] })
        await audit(tx, actor, 'bulk.undone', { type: 'BulkUpdate', id: bulk.id })
      }
      return tx.bulkUpdate.findUniqueOrThrow({ where: { id: bulk.id } })
    })
    deps.outbox.kick()
    return undone
  }

async function chooseSql(deps: Deps, input: BulkInput, actor: Actor, restores: boolean): Promise<Prisma.Sql> {
  if (input.ids) {
    if (input.ids.length === 0 || input.ids.length > MAX_IDS)
      throw new InvalidInputError('ids', `1 to ${MAX_IDS} documents.`)
    const ids = [...new Set(input.ids.filter((id) => id !== null))]
    return Prisma.sql`SELECT "id" AS "document_id" FROM "documents" WHERE "id" = ANY(${ids}::uuid[])`
  }
  const filter = { ...input.filter, ...(restores && { trashed: true }) }
  const plan = await resolveSearch(deps)(actor.access, input.search, filter)
  const problem = plan.problems[0]
  if (problem) throw new InvalidInputError('search', problem.message)
  if (plan.impossible) throw new InvalidInputError('search', 'There is no word in this search.')
  return Prisma.sql`
    SELECT e."document_id" FROM "search_entries" e WHERE ${conditionsOf(plan, actor.access)} LIMIT ${MAX_BULK + 1}`
}
