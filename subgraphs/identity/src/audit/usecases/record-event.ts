import type { AuditEvent } from '@archivolt/kit/audit/record-audit'
import type { Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { CHAIN_START, macOf, serviceOf } from '../audit-chain.ts'
import { cleanEvent } from '../clean-event.ts'

interface Deps {
  db: PrismaClient
  /** 32 bytes; the same for the whole life of the log. */
  chainKey: Buffer
  /** @default the clock of the database, which is one for all processes that record */
  now?: () => number
}

export type RecordEvent = (id: string, event: AuditEvent) => Promise<void>

/** Any number, but the same in every process: lines are added one after another. */
export const AUDIT_LOCK = 7_402_103

/** Adds an event to the log. An event of the same id is there already and changes nothing. */
export const recordEvent =
  (deps: Deps): RecordEvent =>
  async (id, given) => {
    const event = cleanEvent(given)
    await deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${AUDIT_LOCK})`
      if (await tx.auditEvent.findUnique({ where: { id }, select: { seq: true } })) return
      const last = await tx.auditEvent.findFirst({ orderBy: { seq: 'desc' } })
      const time = await clockOf(tx, deps.now)
      const line = {
        seq: (last?.seq ?? 0n) + 1n,
        id,
        at: new Date(event.at),
        // A clock that was set back does not put a line into a day that is already exported.
        recordedAt: new Date(Math.max(time, last?.recordedAt.getTime() ?? 0)),
        type: event.type,
        actorId: event.actorId,
        targetType: event.target?.type ?? null,
        targetId: event.target?.id ?? null,
        ip: event.ip,
        requestId: event.requestId,
        details: event.details,
      }
      const mac = macOf(deps.chainKey, last?.mac ?? CHAIN_START, line)
      await tx.auditEvent.create({ data: { ...line, service: serviceOf(line.type), mac }, select: { seq: true } })
    })
  }

/** Milliseconds since 1970. */
export async function clockOf(tx: Prisma.TransactionClient, now?: () => number): Promise<number> {
  if (now) return now()
  const [row] = await tx.$queryRaw<{ time: Date }[]>`SELECT date_trunc('milliseconds', clock_timestamp()) AS time`
  return row?.time.getTime() ?? Date.now()
}
