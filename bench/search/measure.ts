import type { ListArgs } from '../../subgraphs/documents/src/search/search-documents.ts'
import type { Person } from '../../e2e/src/api.ts'
import { createCorpus } from './corpus.ts'
import { ask, KINDS, type Question } from './questions.ts'
import { pick, seeded } from './random.ts'

export interface Asker {
  person: Person
  /** The same question to the search itself, with a connection to the database and nothing else around it. */
  bare(args: ListArgs, facets: boolean): Promise<unknown>
}

export interface Timing {
  kind: string
  /** Milliseconds. */
  vault: { p50: number; p95: number }
  bare: { p50: number; p95: number }
  /** What was found, on average. */
  found: number
}

const PLAIN = `query ($search: String!) { documents(first: 20, search: $search) { totalCount
  edges { cursor node { id title snippet } } pageInfo { hasNextPage endCursor } } }`
const FACETED = `query ($search: String!) { documents(first: 20, search: $search) { totalCount
  facets { categories { count category { name } } topics { count topic { name } } types { value count } years { value count } languages { value count } }
  edges { cursor node { id title snippet } } pageInfo { hasNextPage endCursor } } }`

/** Asks questions of every kind, one after the other, in turns through the vault and of the bare search. */
export async function measure(askers: readonly Asker[], rounds: number, seed: number): Promise<Timing[]> {
  const random = seeded(seed)
  const { words } = createCorpus(1)
  const timings: Timing[] = []
  for (const kind of Object.keys(KINDS)) {
    const vault: number[] = []
    const bare: number[] = []
    let found = 0
    // Some are asked for nothing, so that plans and connections are as warm as in a vault that is used.
    for (let round = -5; round < rounds; round++) {
      const asker = pick(random, askers)
      const question = ask(kind, words, random)
      const [ours, theirs] = [
        await throughVault(asker, question),
        await timed(() => asker.bare({ search: question.search, first: 20 }, question.facets)),
      ]
      if (round < 0) continue
      vault.push(ours.took)
      bare.push(theirs)
      found += ours.found / rounds
    }
    timings.push({ kind, vault: percentiles(vault), bare: percentiles(bare), found })
  }
  return timings
}

async function throughVault({ person }: Asker, { search, facets }: Question): Promise<{ took: number; found: number }> {
  let found = 0
  const took = await timed(async () => {
    const { documents } = await person.ask(facets ? FACETED : PLAIN, { search })
    found = documents.totalCount as number
  })
  return { took, found }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function percentiles(values: number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN
  return { p50: at(0.5), p95: at(0.95) }
}
