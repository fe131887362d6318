import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { Person } from '../../e2e/src/api.ts'
import { createTickets } from '../../subgraphs/storage/src/uploads/ticket.ts'

/** A file that the vault has said to have. */
export interface KnownFile {
  blobId: string
  sha256: string
}

export interface Door {
  /** Reads a file whole. @throws Error when the vault answers with anything but the file; it waits for one that is down */
  read(file: KnownFile): Promise<void>
}

const HOUR_MS = 3_600_000
/** Storage is killed and started again: for so long that is no failure of the migration. */
const DOWN_MS = 60_000
/** What the public door says while the service behind it is away. */
const DOWN = new Set([502, 503, 504])

/** Reads through the vault's own door, with tickets as documents would hand them out. */
export function openDoor(url: string, dataFolder: string): Door {
  const keys = JSON.parse(readFileSync(path.join(dataFolder, 'keys.json'), 'utf8')) as { secretKey: string }
  const tickets = createTickets(deriveKey(keys.secretKey, 'byte-tickets'), Date.now)
  const once = async ({ blobId, sha256 }: KnownFile): Promise<'read' | 'down'> => {
    const ticket = tickets.mint({ kind: 'download', id: blobId, expiresAt: new Date(Date.now() + HOUR_MS) })
    const reply = await fetch(`${url}/files/downloads/${ticket}`)
    if (DOWN.has(reply.status)) {
      const { error } = (await reply.json().catch(() => ({}))) as { error?: { code?: string } }
      // Storage itself speaks: it is up, and has no place that gives the file.
      if (error?.code === 'storage.unavailable') throw new Error(`no place gives ${blobId}`)
      return 'down'
    }
    if (!reply.ok) throw new Error(`${reply.status} for ${blobId}: ${await reply.text()}`)
    const hash = createHash('sha256')
    for await (const chunk of reply.body as AsyncIterable<Uint8Array>) hash.update(chunk)
    if (hash.digest('hex') !== sha256) throw new Error(`other bytes for ${blobId}`)
    return 'read'
  }
  return {
    async read(file) {
      for (const deadline = Date.now() + DOWN_MS; ;) {
        // A connection that is cut by a kill is no answer; the reader comes back, as a browser does.
        const came = await once(file).catch((error: unknown) => {
          if (error instanceof TypeError) return 'down' as const
          throw error
        })
        if (came === 'read') return
        if (Date.now() > deadline) throw new Error(`the vault was down for too long for ${file.blobId}`)
        await sleep(100)
      }
    },
  }
}

export interface Crowd {
  reads(): number
  written(): number
  /** What readers saw that was not the file. */
  failures: string[]
  stop(): Promise<void>
}

/** People who read what there is and write new files, until they are stopped. */
export async function gather(
  url: string,
  door: Door,
  files: () => Promise<readonly KnownFile[]>,
  { readers, writers }: { readers: number; writers: number },
): Promise<Crowd> {
  const failures: string[] = []
  let reads = 0
  let written = 0
  let over = false
  let known = await files()
  const read = async () => {
    while (!over) {
      const file = known[Math.floor(Math.random() * known.length)]
      if (!file) return
      try {
        await door.read(file)
        reads += 1
      } catch (error) {
        failures.push((error as Error).message)
      }
      await sleep(5)
    }
  }
  const write = async () => {
    const person = await new Person(url).register('Writer')
    while (!over) {
      const bytes = new Uint8Array(randomBytes(1 + Math.floor(Math.random() * 40_000)))
      // An upload that is cut off by a kill is the sender's to repeat; what was said to be complete is counted by the rows.
      await person.upload(`Überschuß «${written}» — 文書 .bin`, 'application/octet-stream', bytes).then(
        () => (written += 1),
        () => sleep(200),
      )
    }
  }
  const refresh = async () => {
    while (!over) {
      known = await files().catch(() => known)
      await sleep(1000)
    }
  }
  const all = Promise.all([
    ...Array.from({ length: readers }, read),
    ...Array.from({ length: writers }, write),
    refresh(),
  ])
  return {
    reads: () => reads,
    written: () => written,
    failures,
    async stop() {
      over = true
      await all
    },
  }
}
