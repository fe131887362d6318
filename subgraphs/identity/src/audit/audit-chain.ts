import { createHmac, timingSafeEqual } from 'node:crypto'

/** One line of the log without its MAC. */
export interface AuditLine {
  /** From 1, without a gap. */
  seq: bigint
  id: string
  at: Date
  recordedAt: Date
  type: string
  actorId: string | null
  targetType: string | null
  targetId: string | null
  ip: string | null
  requestId: string | null
  details: unknown
}

/** What the first line follows. */
export const CHAIN_START: Uint8Array<ArrayBuffer> = new Uint8Array(32)

/** HMAC-SHA256 over a line and the MAC of the line before it: no line can change, go, come or move unnoticed. */
export function macOf(key: Buffer, previous: Uint8Array, line: AuditLine): Buffer<ArrayBuffer> {
  const text = JSON.stringify([
    String(line.seq),
    line.id,
    line.at.toISOString(),
    line.recordedAt.toISOString(),
    line.type,
    line.actorId,
    line.targetType,
    line.targetId,
    line.ip,
    line.requestId,
    sorted(line.details),
  ])
  return Buffer.from(createHmac('sha256', key).update(previous).update(text).digest())
}

export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** PostgreSQL keeps the members of a JSON object in an order of its own. */
export function sorted(details: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details as object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The first word of a type: the service that it happened in. */
export const serviceOf = (type: string): string => type.split('.', 1)[0] ?? ''
