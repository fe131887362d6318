import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import { ObjectChangedError, type ObjectStore } from '@archivolt/kit/objects/object-store'
import type { AuditEvent as AuditRow, AuditExport, PrismaClient } from '../../../prisma/client/client.ts'
import { CHAIN_START } from '../audit-chain.ts'
import { dayAfter, dayOf, fileNameOf, fileOf, startOf } from '../audit-file.ts'
import { AuditExportDiffersError } from '../audit.errors.ts'
import { AUDIT_LOCK, clockOf } from './record-event.ts'

interface Deps {
  db: PrismaClient
  objects: ObjectStore
  /** Signs the head of each file (Ed25519). */
  signingKey: KeyObject
  now?: () => number
}

/** Exports what is due; the files that were added, oldest first. @throws AuditExportDiffersError, UnavailableError */
export type ExportAudit = (signal?: AbortSignal) => Promise<AuditExport[]>

/** A vault that slept longer catches up at the next runs. */
const MAX_DAYS = 400
const PAGE = 1000

/**
 * Writes every finished UTC day that is not exported yet into the bucket `audit`: from the day of the first event to
 * yesterday, days without an event too. The file of a day is the same whoever writes it and however often.
 */
export const exportAudit =
  (deps: Deps): ExportAudit =>
  async (signal) => {
    const exported: AuditExport[] = []
    const { from, today } = await dueDays(deps)
    for (let day = from; day < today && exported.length < MAX_DAYS; day = dayAfter(day)) {
      signal?.throwIfAborted()
      exported.push(await exportDay(deps, day, signal))
    }
    return exported
  }

/** The lock makes sure that no event of a finished day is still being recorded. */
async function dueDays(deps: Deps): Promise<{ from: string; today: string }> {
  return deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${AUDIT_LOCK})`
    const today = dayOf(await clockOf(tx, deps.now))
    const last = await tx.auditExport.findFirst({ orderBy: { day: 'desc' } })
    if (last) return { from: dayAfter(dayOf(last.day.getTime())), today }
    const first = await tx.auditEvent.findFirst({ orderBy: { seq: 'asc' } })
    return { from: first ? dayOf(first.recordedAt.getTime()) : today, today }
  })
}

async function exportDay(deps: Deps, day: string, signal?: AbortSignal): Promise<AuditExport> {
  const end = startOf(dayAfter(day))
  const last = await deps.db.auditEvent.findFirst({
    where: { recordedAt: { lt: end } },
    orderBy: [{ recordedAt: 'desc' }, { seq: 'desc' }],
  })
  const head = { day, lastSeq: last?.seq ?? 0n, mac: last?.mac ?? CHAIN_START }
  const write = () => fileOf(rowsBetween(deps.db, startOf(day), end), head, deps.signingKey)
  const name = fileNameOf(day)
  const file = watched(write())
  let written = false
  try {
    await deps.objects.put({ bucket: 'audit', name }, Readable.from(file.pieces, { objectMode: false }), {
      contentType: 'application/jsonl',
      ifNoneMatch: '*',
      signal,
    })
    written = true
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error
  }
  // An earlier run was ended between the file and its row: the file must be the very same.
  const told = written ? await file.told : await drain(write())
  if (!written && (await etagOf(deps.objects, name)) !== told.sha256) throw new AuditExportDiffersError(day)
  const data = {
    ...told,
    day: startOf(day),
    name,
    lastSeq: head.lastSeq,
    head: head.mac,
    exportedAt: new Date(deps.now?.() ?? Date.now()),
  }
  await deps.db.auditExport.createMany({ data: [data], skipDuplicates: true })
  return data
}

async function* rowsBetween(db: PrismaClient, from: Date, end: Date): AsyncGenerator<AuditRow> {
  for (let after = 0n; ;) {
    const rows = await db.auditEvent.findMany({
      where: { recordedAt: { gte: from, lt: end }, seq: { gt: after } },
      orderBy: { seq: 'asc' },
      take: PAGE,
    })
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.seq
  }
}

/** The pieces of a generator, and what it returns at its end. */
function watched<T>(source: AsyncGenerator<string, T>): { pieces: AsyncGenerator<string>; told: Promise<T> } {
  const { promise, resolve } = Promise.withResolvers<T>()
  async function* pieces(): AsyncGenerator<string> {
    resolve(yield* source)
  }
  return { pieces: pieces(), told: promise }
}

async function drain<T>(source: AsyncGenerator<string, T>): Promise<T> {
  for (;;) {
    const step = await source.next()
    if (step.done) return step.value
  }
}

async function etagOf(objects: ObjectStore, name: string): Promise<string | null> {
  const found = await objects.get({ bucket: 'audit', name })
  found?.body.destroy()
  return found?.etag ?? null
}
