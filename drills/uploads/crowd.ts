import { Person } from '../../e2e/src/api.ts'
import { createRandom, noise } from '../lib/random.ts'
import { createClient, type Client } from './client.ts'
import { doDeed } from './deeds.ts'
import type { Entry, Journal } from './journal.ts'
import type { Moments } from './killer.ts'
import { readBack } from './read-back.ts'

export interface Crowd {
  clients: Client[]
  /** Resolves when each has finished what it was doing after `over()` became true. */
  done: Promise<void>
}

interface Options {
  url: string
  size: number
  seed: string
  patienceMs: number
  journal: Journal
  moments: Moments
  over(): boolean
}

/** As many people as asked for, each with an account, each uploading and reading until it is over. */
export async function gather(options: Options): Promise<Crowd> {
  const { url, size, seed, journal } = options
  const clients = await Promise.all(
    Array.from({ length: size }, async (_, index) => {
      const person = await new Person(url).register(`Client ${index}`)
      return createClient(person, createRandom(seed, 'client', index), journal)
    }),
  )
  const done = Promise.all(clients.map((client, index) => live(client, index, options))).then(() => {})
  // Whoever awaits it later is told; until then it must not end the process.
  done.catch(() => {})
  return { clients, done }
}

async function live(client: Client, index: number, options: Options): Promise<void> {
  const { seed, journal, over } = options
  for (let number = 0; !over(); number++) {
    const random = createRandom(seed, index, number)
    const { moments, patienceMs } = options
    await doDeed({ client, random, journal, seed, index, number, moments, patienceMs, over })
    // Texts are made otherwise; the others follow from the seed again, and need not be kept.
    const own = journal.entries.filter(
      (entry) => entry.client === index && entry.belief === 'complete' && !entry.lastWord,
    )
    if (own.length === 0 || !client.random.chance(0.4) || over()) continue
    const entry = client.random.pick<Entry>(own)
    await readBack(client, entry, noise(entry.size, seed, index, entry.number), journal, over)
  }
}
