import { withDatabase } from '../../bench/lib/vault-databases.ts'
import type { Sent } from './crowd.ts'

export interface Verdict {
  ready: number
  failed: number
  /** What is not as it must be, a sentence each. */
  faults: string[]
}

interface Row {
  id: string
  filename: string
  status: string
  failure: string | null
  body: string | null
  open: number
  previews: number
  thumbnails: number
}

/** Whether every file that was said to be in is there once, at its end, findable or with a reason. */
export async function judge(documentsUrl: string, sent: readonly Sent[]): Promise<Verdict> {
  const rows = await withDatabase(documentsUrl, async (client) => {
    const { rows } = await client.query<Row>(`
      SELECT d."id", d."filename", d."status"::text AS status, d."failure", e."body",
        (SELECT count(*) FROM "processing_steps" s WHERE s."document_id" = d."id" AND s."state" IN ('WAITING', 'RUNNING')) AS open,
        (SELECT count(*) FROM "previews" p WHERE p."document_id" = d."id") AS previews,
        (SELECT count(*) FROM "previews" p WHERE p."document_id" = d."id" AND p."page" = 0) AS thumbnails
      FROM "documents" d LEFT JOIN "search_entries" e ON e."document_id" = d."id" WHERE d."status" <> 'UPLOADING'`)
    return rows
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const faults: string[] = []
  for (const { id, filename, word } of sent) {
    const row = byId.get(id)
    if (!row) faults.push(`${filename} was said to be in, and is not there`)
    else faults.push(...faultsOf(row, word))
  }
  const names = new Set<string>()
  for (const { filename } of rows) {
    if (names.has(filename)) faults.push(`${filename} is there twice`)
    names.add(filename)
  }
  const count = (status: string) => rows.filter((row) => row.status === status).length
  return { ready: count('READY'), failed: count('FAILED'), faults }
}

function faultsOf({ filename, status, failure, body, open, previews, thumbnails }: Row, word: string | null): string[] {
  const faults: string[] = []
  if (status !== 'READY' && status !== 'FAILED') faults.push(`${filename} is still ${status}`)
  if (open > 0) faults.push(`${filename} has ${open} steps that did not end`)
  if (word === null && !(status === 'FAILED' && failure)) faults.push(`${filename} cannot be read, and is ${status}`)
  if (word !== null && status !== 'READY') faults.push(`${filename} can be read, and is ${status}: ${failure}`)
  if (word !== null && !body?.includes(word)) faults.push(`${filename} is not found by ${word}`)
  if (previews > 0 && thumbnails !== 1) faults.push(`${filename} has pictures, but ${thumbnails} thumbnails`)
  return faults
}
