import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { Person, REFRESH } from '../e2e/src/api.ts'
import { ADMIN, startVault } from '../e2e/src/vault-process.ts'
import { PrismaClient } from '../subgraphs/documents/prisma/client/client.ts'
import { listDocuments, type ListArgs } from '../subgraphs/documents/src/search/search-documents.ts'
import { describeMachine, loadNow } from './lib/machine.ts'
import { conclude, printTable, say } from './lib/report.ts'
import { round } from './lib/statistics.ts'
import { databasesOf, withDatabase } from './lib/vault-databases.ts'
import { load, type Owners } from './search/load.ts'
import { measure, type Asker, type Timing } from './search/measure.ts'

const usage = `npm run bench -- search

Documents of natural text with 200 owners, shares with people and groups, categories and topics; then searches of every
kind through the gateway, beside the same search without gateway and HTTP. Measured with a tenth of the documents first,
to show how it grows.

  --quick        2,000 documents, in under a minute
  --full         1,000,000 documents instead of 100,000
  --documents N
  --rounds N     searches of each kind; default: 100`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    full: { type: 'boolean' },
    documents: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const total = Number(values.documents ?? (values.quick ? 2_000 : values.full ? 1_000_000 : 100_000))
const rounds = Number(values.rounds ?? (values.quick ? 20 : 100))
/** Milliseconds, the 95th percentile of every kind of search through the vault. */
const MOST_P95 = total > 100_000 ? 150 : 60
const OWNERS = 200
const PEOPLE = 10
const GROUPS = 10

say(describeMachine())
say(`sizes     ${total.toLocaleString('en')} documents, ${OWNERS} owners, ${rounds} searches of each kind\n`)

const vault = await startVault('one process', { LOG_LEVEL: 'warn' })
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void vault.stop().finally(() => process.exit(130)))
try {
  await bench()
} catch (error) {
  if (vault.processes.get('all')?.exitCode !== null) say(`The vault ended:\n${vault.output().slice(-3000)}`)
  throw error
} finally {
  await vault.stop()
}

async function bench(): Promise<void> {
  const urls = databasesOf(vault.data)
  const { people, owners } = await makePeople()
  const db = new PrismaClient({ adapter: prismaAdapter('bench', urls.of('documents'), 4) })
  const list = listDocuments({ db, now: Date.now })
  const askers: Asker[] = people.map(({ person, userId, groupIds }) => ({
    person,
    async bare(args: ListArgs, facets) {
      const access = { userId, principals: [`u:${userId}`, ...groupIds.map((id) => `g:${id}`)] }
      const page = await list(access, args)
      await page.total()
      if (facets) await page.facets()
    },
  }))
  const steps = [Math.round(total / 10), total]
  const results: { documents: number; timings: Timing[] }[] = []
  try {
    let from = 0
    for (const to of steps) {
      const took = await load(urls.migrate('documents'), owners, { from, to, say })
      const size = await withDatabase(urls.of('documents'), async (client) => {
        const { rows } = await client.query<{ table: string; index: string }>(
          `SELECT pg_size_pretty(pg_table_size('search_entries')) AS table, pg_size_pretty(pg_indexes_size('search_entries')) AS index`,
        )
        return rows[0]
      })
      say(
        `${to.toLocaleString('en')} documents: rows in ${Math.round(took.rows)} s, index in ${Math.round(took.index)} s; table ${size?.table}, indexes ${size?.index}; load ${loadNow()}`,
      )
      for (const { person } of people) await refresh(person)
      results.push({ documents: to, timings: await measure(askers, rounds, to) })
      from = to
    }
  } finally {
    await db.$disconnect()
  }
  report(results)
}

function report(results: { documents: number; timings: Timing[] }[]): void {
  say()
  const [small, large] = results as [(typeof results)[number], (typeof results)[number]]
  printTable(
    [
      'search',
      'found',
      'p50',
      'p95',
      'bare p50',
      'bare p95',
      `p95 at ${small.documents.toLocaleString('en')}`,
      'growth',
    ],
    large.timings.map(({ kind, vault, bare, found }, at) => {
      const before = small.timings[at]?.vault.p95 ?? NaN
      return [
        kind,
        String(Math.round(found)),
        ...[vault.p50, vault.p95, bare.p50, bare.p95, before].map((ms) => `${ms.toFixed(1)} ms`),
        `× ${(vault.p95 / before).toFixed(1)}`,
      ]
    }),
  )
  const worst = Math.max(...large.timings.map(({ vault }) => vault.p95))
  say(`\nload ${loadNow()}`)
  conclude({
    name: 'bench search',
    ok: worst <= MOST_P95,
    figures: {
      documents: large.documents,
      worstP95: round(worst),
      ...Object.fromEntries(
        large.timings.map(({ kind, vault, bare, found }) => [
          kind,
          {
            p50: round(vault.p50),
            p95: round(vault.p95),
            bareP50: round(bare.p50),
            bareP95: round(bare.p95),
            found: Math.round(found),
          },
        ]),
      ),
    },
    targets: { worstP95: MOST_P95 },
  })
}

/** A token lives for minutes, a large load takes longer. */
async function refresh(person: Person): Promise<void> {
  const reply = await person.send(REFRESH)
  person.token = reply.data?.refreshSession.accessToken as string
  person.cookie = reply.setCookies[0]?.split(';')[0]
}

/** People who can sign in and are in groups, and owners who are only ids. */
async function makePeople() {
  const admin = await new Person(vault.url).signIn(ADMIN)
  const rowId = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1] as string
  const groups: string[] = []
  for (let at = 0; at < GROUPS; at++) {
    const { createGroup } = await admin.ask(
      `mutation ($name: String!) { createGroup(input: { name: $name }) { ... on CreateGroupSuccess { group { id } } ... on Error { message } } }`,
      { name: `group-${at}` },
    )
    groups.push(createGroup.group.id as string)
  }
  const people = []
  for (let at = 0; at < PEOPLE; at++) {
    const person = await new Person(vault.url).register('Bench')
    const mine = [groups[at % GROUPS], groups[(at + 1) % GROUPS]] as string[]
    for (const groupId of mine) {
      await admin.ask(
        `mutation ($g: ID!, $u: ID!) { addGroupMember(input: { groupId: $g, userId: $u }) { __typename ... on Error { message } } }`,
        { g: groupId, u: person.userId },
      )
    }
    people.push({ person, userId: rowId(person.userId), groupIds: mine.map(rowId) })
  }
  const owners: Owners = {
    ids: [...people.map(({ userId }) => userId), ...Array.from({ length: OWNERS - PEOPLE }, () => randomUUID())],
    groups: groups.map(rowId),
  }
  return { people, owners }
}
