import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { Person } from '../../e2e/src/api.ts'
import { createTickets } from '../../subgraphs/storage/src/uploads/ticket.ts'
import type { Outages } from './outages.ts'

/** A file that the vault has said to have. */
export interface KnownFile {
  blobId: string
  sha256: string
}

export interface Door {
  /** Reads a file whole. @throws Error when the vault answers with anything but the file although all of it is up */
  read(file: KnownFile): Promise<void>
  /** Reads that were cut off while nothing was down: by a way to a place that was told to, and which has the only copy. */
  cuts(): number
  /** Reads that were refused or cut off while something was down. */
  refusals(): number
}

const HOUR_MS = 3_600_000
/** A part is killed and started again: to be away for so long is no failure of the migration. */
const DOWN_MS = 60_000

/**
 * Reads through the vault's own door, with tickets as documents would hand them out. While a part of the vault is down
 * that was killed, files that need it may be refused with 5xx, or cut off, and the reader comes back, as a browser does.
 * At any other time a refusal is a failure; other bytes than the file's always are.
 */
export function openDoor(url: string, dataFolder: string, outages: Pick<Outages, 'since'>): Door {
  const keys = JSON.parse(readFileSync(path.join(dataFolder, 'keys.json'), 'utf8')) as { secretKey: string }
  const tickets = createTickets(deriveKey(keys.secretKey, 'byte-tickets'), Date.now)
  let cuts = 0
  let refusals = 0
  const once = async ({ blobId, sha256 }: KnownFile): Promise<'read' | 'refused'> => {
    const began = Date.now()
    const ticket = tickets.mint({ kind: 'download', id: blobId, expiresAt: new Date(began + HOUR_MS) })
    try {
      const reply = await fetch(`${url}/files/downloads/${ticket}`)
      if (!reply.ok) {
        const words = await reply.text()
        if (reply.status >= 500 && outages.since(began)) {
          refusals += 1
          return 'refused'
        }
        throw new Error(`${reply.status} for ${blobId} at ${new Date().toISOString()}: ${words}`)
      }
      const hash = createHash('sha256')
      for await (const chunk of reply.body as AsyncIterable<Uint8Array>) hash.update(chunk)
      if (hash.digest('hex') !== sha256) throw new Error(`other bytes for ${blobId}`)
      return 'read'
    } catch (error) {
      // What fetch throws for a connection that is cut.
      if (!(error instanceof TypeError)) throw error
      if (outages.since(began)) refusals += 1
      else cuts += 1
      return 'refused'
    }
  }
  return {
    async read(file) {
      for (const deadline = Date.now() + DOWN_MS; (await once(file)) !== 'read'; await sleep(100))
        if (Date.now() > deadline) throw new Error(`the vault was down for too long for ${file.blobId}`)
    },
    cuts: () => cuts,
    refusals: () => refusals,
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
  const people = await Promise.all(Array.from({ length: writers }, () => new Person(url).register('Writer')))
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
  const write = async (first: Person) => {
    let person = first
    while (!over) {
      const bytes = new Uint8Array(randomBytes(1 + Math.floor(Math.random() * 40_000)))
      // An upload that is cut off by a kill is the sender's to repeat; what was said to be complete is counted by the rows.
      await person.upload(`Überschuß «${written}» — 文書 .bin`, 'application/octet-stream', bytes).then(
        () => (written += 1),
        async ({ message }: Error) => {
          await sleep(200)
          // A session is shorter than a large vault takes.
          if (message.includes('UNAUTHENTICATED')) person = await new Person(url).register('Writer').catch(() => person)
        },
      )
    }
  }
  const refresh = async () => {
    while (!over) {
      known = await files().catch(() => known)
      await sleep(1000)
    }
  }
  const all = Promise.all([...Array.from({ length: readers }, read), ...people.map(write), refresh()])
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
