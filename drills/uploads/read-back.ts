import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { sha256 } from '../lib/random.ts'
import { Stuck, type Client } from './client.ts'
import type { Entry, Journal } from './journal.ts'
import { nameOf } from './scene.ts'

const FILE = `query ($id: ID!) { document(id: $id) { id status file { size sha256 download { url } } } }`
const PATIENCE_MS = 60_000

/** Reads one file, that the vault has said to have, whole or in part, and compares. */
export async function readBack(
  client: Client,
  entry: Entry,
  bytes: Buffer,
  journal: Journal,
  over: () => boolean,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  const start = client.random.between(0, entry.size - 1)
  const end = client.random.between(start, entry.size - 1)
  const range = client.random.chance(0.4) ? { start, end } : null
  const expected = range ? bytes.subarray(start, end + 1) : bytes
  journal.count(range ? 'downloads of a part' : 'downloads')
  for (let attempt = 0; !over(); attempt++) {
    try {
      const { data } = await client.ask(FILE, { id: toGlobalId('Document', entry.documentId ?? '') }, deadline)
      const file = data?.file as { sha256: string; download: { url: string } } | null
      if (!file) return journal.blame('a complete document has no file', nameOf(entry))
      if (file.sha256 !== entry.sha256) return journal.blame('a document tells another hash', nameOf(entry))
      const headers = range ? { range: `bytes=${start}-${end}` } : undefined
      const reply = await fetch(new URL(file.download.url, client.person.url), { headers })
      // A body that is cut rejects here: it is never taken for the whole.
      const read = Buffer.from(await reply.arrayBuffer())
      if (reply.status === (range ? 206 : 200)) {
        if (sha256(read) !== sha256(expected)) journal.blame('a download gave other bytes', nameOf(entry))
        return
      }
      journal.count(`GET: ${reply.status}`)
      if (reply.status < 500) return journal.blame(`a download was answered ${reply.status}`, nameOf(entry))
    } catch (error) {
      if (error instanceof Stuck)
        return over() ? undefined : journal.blame('stuck: a document could not be asked for', nameOf(entry))
      journal.count('GET: cut')
    }
    if (Date.now() > deadline) return journal.blame('stuck: a file could not be read', nameOf(entry))
    await client.breathe(attempt)
  }
}
