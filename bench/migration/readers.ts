import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveKey } from '@archivolt/kit/identity/keys'
import { createTickets } from '../../subgraphs/storage/src/uploads/ticket.ts'
import type { SeededFile } from './seed.ts'

export interface Readers {
  /** Milliseconds of every download since the last call. */
  take(): number[]
  /** Downloads that failed or were cut off, ever. */
  failures(): number
  stop(): Promise<void>
}

const AT_ONCE = 2
/** A person looks at what they have opened before they open the next. */
const PAUSE_MS = 20
const HOUR_MS = 3_600_000

/** People who download small files through the vault's own door, all the time. */
export function startReaders(url: string, dataFolder: string, files: readonly SeededFile[]): Readers {
  const keys = JSON.parse(readFileSync(path.join(dataFolder, 'keys.json'), 'utf8')) as { secretKey: string }
  const tickets = createTickets(deriveKey(keys.secretKey, 'byte-tickets'), Date.now)
  let taken: number[] = []
  let failed = 0
  let over = false
  const read = async () => {
    while (!over) {
      const file = files[Math.floor(Math.random() * files.length)] as SeededFile
      const ticket = tickets.mint({ kind: 'download', id: file.blobId, expiresAt: new Date(Date.now() + HOUR_MS) })
      const began = performance.now()
      try {
        const reply = await fetch(`${url}/files/downloads/${ticket}`)
        const bytes = await reply.arrayBuffer()
        if (reply.ok && bytes.byteLength === file.size) taken.push(performance.now() - began)
        else failed += 1
      } catch {
        failed += 1
      }
      await sleep(PAUSE_MS)
    }
  }
  const reading = Promise.all(Array.from({ length: AT_ONCE }, read))
  return {
    take() {
      const times = taken
      taken = []
      return times
    },
    failures: () => failed,
    async stop() {
      over = true
      await reading
    },
  }
}

/** Of a set of values, the one that so many are below. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
