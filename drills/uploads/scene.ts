import type { Client } from './client.ts'
import type { Entry, Journal } from './journal.ts'
import type { Moments } from './killer.ts'
import { noise, sha256, type Random } from '../lib/random.ts'

/** What clients do, and how often, in parts of the whole. */
export const DEEDS = {
  plain: 30,
  'with its sha256': 22,
  'completed twice': 8,
  'cut and sent again': 7,
  'wrong bytes first': 5,
  'too few bytes first': 4,
  'too many bytes first': 4,
  'never sent': 3,
  'never completed': 3,
  'left while completing': 4,
  'aborted before sending': 3,
  'aborted while sending': 4,
  'aborted when sent': 3,
  'completed and aborted at once': 4,
  'completed and purged': 8,
  empty: 3,
  'in parts': 3,
}
export type Deed = keyof typeof DEEDS
export const NEEDS_SHA256: readonly Deed[] = ['with its sha256', 'wrong bytes first']

export interface Scene {
  client: Client
  /** Of this deed alone: how the one before went does not change what happens by chance in it. */
  random: Random
  journal: Journal
  moments: Moments
  seed: string
  /** Of the client, and of its deed. */
  index: number
  number: number
  patienceMs: number
  /** Whether the drill is over and nobody begins, or waits for, anything more. */
  over(): boolean
}

export interface File {
  entry: Entry
  bytes: Buffer<ArrayBuffer>
  filename: string
  contentType: string
}

export interface Upload {
  id: string
  document: { id: string }
  url: string
  headers: { name: string; value: string }[]
  partSize: number | null
  parts: { number: number; url: string }[] | null
}

const MIB = 1024 ** 2
const LARGEST = 16 * MIB
/** Beyond this a file may come in parts (upload-parts.ts). */
const PARTS_FROM = 64 * MIB
const LARGEST_TEXT = 64 * 1024

/** The file that a deed is about: it follows from the seed. */
export function makeFile({ random, seed, index, number }: Scene, deed: Deed): File {
  const size = sizeFor(deed, random)
  const text = size > 100 && size <= LARGEST_TEXT && random.chance(0.5)
  const lastWord = text ? `end${sha256(Buffer.from(`${seed} ${index} ${number}`)).slice(0, 20)}` : undefined
  const bytes = lastWord ? textOf(size, lastWord) : noise(size, seed, index, number)
  const entry: Entry = { client: index, number, deed, size, sha256: sha256(bytes), belief: 'left', lastWord }
  return {
    entry,
    bytes,
    filename: `${index}-${number}.${text ? 'txt' : 'bin'}`,
    contentType: text ? 'text/plain' : 'application/octet-stream',
  }
}

function sizeFor(deed: Deed, random: Random): number {
  if (deed === 'empty') return 0
  return deed === 'in parts' ? PARTS_FROM + random.magnitude(1, 2 * LARGEST) : random.magnitude(1, LARGEST)
}

function textOf(size: number, lastWord: string): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.alloc(size - lastWord.length - 1, 'so it goes and '), Buffer.from(` ${lastWord}`)])
}

export const nameOf = (entry: Entry): string =>
  `client ${entry.client}, file ${entry.number} (${entry.deed}, ${entry.size} bytes)`
