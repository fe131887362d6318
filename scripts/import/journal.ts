import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'

export type Outcome = 'imported' | 'duplicate' | 'refused' | 'failed'

export interface Entry {
  relative: string
  size: number
  modifiedMs: number
  /** `sending` while it is not known whether it arrived. */
  outcome: Outcome | 'sending'
  sha256?: string
  documentId?: string
  /** Why not, or of which file it is a duplicate. */
  reason?: string
}

export interface Journal {
  /** The last entry of a file, if the file has not changed since. */
  of(file: { relative: string; size: number; modifiedMs: number }): Entry | undefined
  /** The document that these bytes became, by an earlier entry. */
  byHash(sha256: string): Entry | undefined
  /** Written to disk before it resolves. */
  add(entry: Entry): Promise<void>
  /** One line a file, with how many of each kind there are. */
  report(file: string): Promise<Record<Outcome, number>>
  close(): Promise<void>
}

/** What was done with which file, a line each, added to a file that outlives this run. A last line cut off by a crash is left out. */
export async function openJournal(file: string): Promise<Journal> {
  await mkdir(path.dirname(file), { recursive: true })
  const entries = new Map<string, Entry>()
  const hashes = new Map<string, Entry>()
  const note = (entry: Entry) => {
    entries.set(entry.relative, entry)
    if (entry.sha256 && entry.outcome === 'imported') hashes.set(entry.sha256, entry)
  }
  if (existsSync(file)) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const entry = parse(line)
      if (entry) note(entry)
    }
  }
  const handle = await open(file, 'a')
  // A line that was cut off ends here, so that the next one is its own.
  if (entries.size > 0) await handle.appendFile('\n')
  let writing = Promise.resolve()
  return {
    of({ relative, size, modifiedMs }) {
      const entry = entries.get(relative)
      return entry?.size === size && entry.modifiedMs === modifiedMs ? entry : undefined
    },
    byHash: (sha256) => hashes.get(sha256),
    async add(entry) {
      note(entry)
      writing = writing.then(() => handle.appendFile(`${JSON.stringify(entry)}\n`))
      await writing
    },
    async report(target) {
      const counts = { imported: 0, duplicate: 0, refused: 0, failed: 0 }
      const out = await open(target, 'w')
      try {
        await out.appendFile(`${['outcome', 'file', 'document', 'reason'].join('\t')}\n`)
        for (const name of [...entries.keys()].toSorted()) {
          const { relative, outcome, documentId = '', reason = '' } = entries.get(name) as Entry
          const told = outcome === 'sending' ? 'failed' : outcome
          const why = outcome === 'sending' ? 'it was being sent when the import ended; run it again' : reason
          counts[told]++
          await out.appendFile(`${[told, relative, documentId, why].map(cell).join('\t')}\n`)
        }
      } finally {
        await out.close()
      }
      return counts
    },
    async close() {
      await writing
      await handle.close()
    },
  }
}

function parse(line: string): Entry | null {
  try {
    const entry = JSON.parse(line) as Entry
    return typeof entry.relative === 'string' ? entry : null
  } catch {
    return null
  }
}

/** A name may hold tabs, line ends and what a spreadsheet would take for a formula. */
function cell(text: string): string {
  const flat = text.replace(/[\t\r\n]+/g, ' ')
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat
}
