import { createReadStream } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Person } from '../../e2e/src/api.ts'
import { withDatabase } from '../lib/vault-databases.ts'
import type { Pdf } from './pdfs.ts'

const CLIENTS = 4
const LOOK_EVERY_MS = 500
/** Longer than the slowest document takes: nothing has moved for this long. */
const PATIENCE_MS = 300_000

const COMPLETE = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  ... on CompleteUploadSuccess { document { id } } ... on Error { code message } } }`

/** Uploads all files and waits until all is done with them; seconds since the first upload began. */
export async function ingestAll(url: string, documentsUrl: string, pdfs: readonly Pdf[], tell: (text: string) => void) {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const person = await new Person(url).register('Bench')
  const queue = [...pdfs]
  const client = async (): Promise<void> => {
    for (let pdf = queue.shift(); pdf; pdf = queue.shift()) await upload(person, pdf)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const uploadedSeconds = seconds()
  tell(`${pdfs.length} files are in after ${uploadedSeconds.toFixed(1)} s`)

  const reached = { text: 0, ready: 0, drawn: 0 }
  await withDatabase(documentsUrl, async (database) => {
    let fewest = Infinity
    let movedAt = performance.now()
    while (!reached.drawn) {
      const { rows } = await database.query<{ unread: number; unready: number; open: number }>(`
        SELECT (SELECT count(DISTINCT "document_id") FROM "processing_steps"
            WHERE "step" IN ('VERIFY', 'TEXT', 'INDEX') AND "state" IN ('WAITING', 'RUNNING')) AS unread,
          (SELECT count(*) FROM "documents" WHERE "status" = 'PROCESSING') AS unready,
          (SELECT count(*) FROM "processing_steps" WHERE "state" IN ('WAITING', 'RUNNING')) AS open`)
      const { unread, unready, open } = rows[0] as { unread: number; unready: number; open: number }
      if (unread === 0) reached.text ||= seconds()
      if (unready === 0) reached.ready ||= seconds()
      if (open === 0) reached.drawn = seconds()
      if (open < fewest) {
        fewest = open
        movedAt = performance.now()
      }
      if (performance.now() - movedAt > PATIENCE_MS) throw new Error(`${open} steps do not end`)
      await sleep(LOOK_EVERY_MS)
    }
  })
  const { rows } = await withDatabase(documentsUrl, (database) =>
    database.query<{ filename: string; status: string; failure: string | null }>(
      `SELECT "filename", "status"::text AS status, "failure" FROM "documents"`,
    ),
  )
  return {
    uploadedSeconds,
    textSeconds: reached.text,
    readySeconds: reached.ready,
    drawnSeconds: reached.drawn,
    ready: rows.filter(({ status }) => status === 'READY').length,
    failed: rows.filter(({ status }) => status === 'FAILED'),
  }
}

async function upload(person: Person, { file, size }: Pdf): Promise<void> {
  const created = await person.announce(path.basename(file), 'application/pdf', size)
  if (!created.upload) throw new Error(`${file}: ${created.message}`)
  const { url, headers, id } = created.upload
  const put = await fetch(new URL(url, person.url), {
    method: 'PUT',
    headers: {
      ...Object.fromEntries(headers.map((header: { name: string; value: string }) => [header.name, header.value])),
      'content-length': String(size),
    },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
    duplex: 'half',
  })
  if (!put.ok) throw new Error(`${file}: ${put.status} ${await put.text()}`)
  await put.arrayBuffer()
  const { completeUpload } = await person.ask(COMPLETE, { input: { uploadId: id } })
  if (!completeUpload.document) throw new Error(`${file}: ${completeUpload.message}`)
}
