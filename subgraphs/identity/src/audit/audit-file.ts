import { createHash, sign, verify, type KeyObject } from 'node:crypto'
import type { AuditEvent as AuditRow } from '../../prisma/client/client.ts'
import { sorted } from './audit-chain.ts'

const DAY_MS = 86_400_000

/** The UTC day of a moment, `2026-01-31`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
export const startOf = (day: string): Date => new Date(`${day}T00:00:00.000Z`)
export const dayAfter = (day: string): string => dayOf(startOf(day).getTime() + DAY_MS)

/** Where a day is kept in the bucket `audit`. */
export const fileNameOf = (day: string): string => `${day.slice(0, 4)}/${day.slice(5, 7)}/${day}.jsonl`

/** What the last line of a file says of all lines up to its day. */
export interface FileHead {
  day: string
  /** Lines of this file before this one. */
  events: number
  /** The last event of the log up to the end of the day; 0 when there was none. */
  lastSeq: number
  /** MAC of that event in base64url. */
  mac: string
  /** Of the lines before this one, in hexadecimal. */
  sha256: string
}

/** One event as a line of JSON, the same whenever it is written. */
export function lineOf(row: AuditRow): string {
  return `${printable({
    seq: Number(row.seq),
    id: row.id,
    at: row.at.toISOString(),
    recordedAt: row.recordedAt.toISOString(),
    type: row.type,
    actorId: row.actorId,
    target: row.targetType === null ? null : { type: row.targetType, id: row.targetId },
    ip: row.ip,
    requestId: row.requestId,
    details: sorted(row.details),
    mac: Buffer.from(row.mac).toString('base64url'),
  })}\n`
}

/** The signed last line of a file. Ed25519 gives the same signature for the same head each time. */
export function headLine(head: FileHead, key: KeyObject): { line: string; signature: string } {
  const signature = sign(null, signedText(head), key).toString('base64url')
  return { line: `${printable({ head, signature })}\n`, signature }
}

export function isSigned(head: FileHead, signature: string, key: KeyObject): boolean {
  return verify(null, signedText(head), key, Buffer.from(signature, 'base64url'))
}

const signedText = ({ day, events, lastSeq, mac, sha256 }: FileHead): Buffer =>
  Buffer.from(`archivolt audit ${JSON.stringify([day, events, lastSeq, mac, sha256])}`)

/** What a terminal or a line reader could take for something else: controls, line separators, changes of direction. */
const TREACHEROUS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** JSON in ASCII controls and without treacherous characters: one event stays one line, and paints nothing on a terminal. */
function printable(value: unknown): string {
  return JSON.stringify(value).replace(
    TREACHEROUS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text of a file piece by piece: event lines, then the signed head. */
export async function* fileOf(
  rows: AsyncIterable<AuditRow>,
  end: { day: string; lastSeq: bigint; mac: Uint8Array },
  key: KeyObject,
): AsyncGenerator<string, { events: number; sha256: string; signature: string }> {
  const lines = createHash('sha256')
  const whole = createHash('sha256')
  let events = 0
  for await (const row of rows) {
    const line = lineOf(row)
    lines.update(line)
    whole.update(line)
    events++
    yield line
  }
  const mac = Buffer.from(end.mac).toString('base64url')
  const head: FileHead = { day: end.day, events, lastSeq: Number(end.lastSeq), mac, sha256: lines.digest('hex') }
  const { line, signature } = headLine(head, key)
  whole.update(line)
  yield line
  return { events, sha256: whole.digest('hex'), signature }
}
