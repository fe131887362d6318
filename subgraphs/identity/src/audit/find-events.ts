import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import type { AuditEvent as AuditRow, Prisma, PrismaClient } from '../../prisma/client/client.ts'

export interface AuditFilter {
  service?: string | null
  type?: string | null
  actorId?: string | null
  target?: { type: string; id?: string | null } | null
  from?: Date | null
  to?: Date | null
}

export interface AuditQuery {
  filter: AuditFilter
  first?: number | null
  after?: string | null
}

/** Events in the order they happened, the newest first. @throws InvalidInputError */
export async function findEvents(db: PrismaClient, { filter, first, after }: AuditQuery): Promise<Page<AuditRow>> {
  const size = pageSize(first)
  const rows = await db.auditEvent.findMany({
    where: { AND: [whereOf(filter), after ? beyond(after) : {}] },
    orderBy: [{ at: 'desc' }, { seq: 'desc' }],
    take: size + 1,
  })
  return toPage(rows, size, ({ at, seq }) => encodeCursor([at.getTime(), Number(seq)]), after)
}

/** @throws InvalidInputError */
export function whereOf({ service, type, actorId, target, from, to }: AuditFilter): Prisma.AuditEventWhereInput {
  if (from && to && from >= to) throw new InvalidInputError('to', 'The end must be after the beginning.')
  return {
    ...(service && { service }),
    ...(type && { type }),
    ...(actorId && { actorId }),
    ...(target && { targetType: target.type, ...(target.id && { targetId: target.id }) }),
    ...((from || to) && { at: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
  }
}

function beyond(cursor: string): Prisma.AuditEventWhereInput {
  const [time, seq] = decodeCursor(cursor, ['number', 'number']) as [number, number]
  if (!Number.isSafeInteger(seq) || Math.abs(time) > 8.64e15)
    throw new InvalidInputError('after', 'This cursor does not belong to this list.')
  const at = new Date(time)
  // The first condition bounds the scan of the index; the second says which of one moment are still to come.
  return { AND: [{ at: { lte: at } }, { OR: [{ at: { lt: at } }, { seq: { lt: BigInt(seq) } }] }] }
}
