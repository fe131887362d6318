import type { KeyObject } from 'node:crypto'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { CHAIN_START, macOf, sameMac, serviceOf } from '../audit-chain.ts'
import { isSigned, type FileHead } from '../audit-file.ts'

interface Deps {
  db: PrismaClient
  chainKey: Buffer
  /** The public half of the key that signs heads. */
  headKey: KeyObject
}

/** The last line of an exported file. */
export interface SignedHead {
  head: FileHead
  signature: string
  /** Where it was read, to name it. */
  source: string
}

export type AuditVerdict =
  { ok: true; events: number; heads: number } | { ok: false; seq: number | null; reason: string; events: number }

const PAGE = 2000

/**
 * Goes through the whole log. What was changed, taken out, put in or moved breaks the chain at the first row named;
 * what was cut off its end leaves a whole chain, and shows against the heads of exported files alone.
 */
export const verifyAudit =
  (deps: Deps) =>
  async (heads: AsyncIterable<SignedHead> | Iterable<SignedHead>): Promise<AuditVerdict> => {
    const wanted = new Map<number, SignedHead[]>()
    let counted = 0
    for await (const signed of heads) {
      counted++
      if (!isSigned(signed.head, signed.signature, deps.headKey))
        return { ok: false, seq: null, reason: `${signed.source} is not signed by this vault.`, events: 0 }
      wanted.set(signed.head.lastSeq, [...(wanted.get(signed.head.lastSeq) ?? []), signed])
    }
    let previous: Uint8Array = CHAIN_START
    let seq = 0n
    const broken = (at: bigint, reason: string) =>
      ({ ok: false, seq: Number(at), reason, events: Number(seq) }) as const
    for (;;) {
      const rows = await deps.db.auditEvent.findMany({
        where: { seq: { gt: seq } },
        orderBy: { seq: 'asc' },
        take: PAGE,
      })
      for (const row of rows) {
        const expected = seq + 1n
        if (row.seq !== expected) return broken(expected, `Row ${expected} is missing.`)
        if (!sameMac(row.mac, macOf(deps.chainKey, previous, row)) || row.service !== serviceOf(row.type))
          return broken(row.seq, `Row ${row.seq} was changed, or a row before it was taken out or moved.`)
        for (const { head, source } of wanted.get(Number(row.seq)) ?? []) {
          if (head.mac !== Buffer.from(row.mac).toString('base64url'))
            return broken(row.seq, `Row ${row.seq} is not the one that ${source} was signed for.`)
        }
        wanted.delete(Number(row.seq))
        previous = row.mac
        seq = row.seq
      }
      if (rows.length < PAGE) break
    }
    wanted.delete(0)
    const beyond = Math.max(0, ...wanted.keys())
    if (beyond > 0) {
      const source = wanted.get(beyond)?.[0]?.source
      return broken(seq + 1n, `Row ${seq + 1n} and all after it were cut off: ${source} knows ${beyond} rows.`)
    }
    return { ok: true, events: Number(seq), heads: counted }
  }
