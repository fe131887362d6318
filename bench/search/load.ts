import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { createCorpus } from './corpus.ts'
import { pick, seeded } from './random.ts'

export interface Owners {
  /** Row ids; the first of them are people who can sign in. */
  ids: readonly string[]
  /** Row ids of groups; who is in them is identity's to say. */
  groups: readonly string[]
}

const BATCH = 250
const TYPES = ['application/pdf', 'application/pdf', 'application/pdf', 'text/plain', 'image/png', 'message/rfc822']
const LANGUAGES = ['en', 'en', 'en', 'de', null]
const CATEGORIES_EACH = 12
const TOPICS_EACH = 30
/** The share of documents that are shared with a person, and with a group. */
const SHARED = 0.02
const INDEX = 'search_entries_keys_vector_title_idx'

/** What a load needs of the index definition, so that it is made again as the migration made it. */
async function indexDefinition(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ def: string }>(`SELECT pg_get_indexdef($1::regclass) AS def`, [INDEX])
  return rows[0]?.def ?? ''
}

/**
 * Puts documents straight into the database, `from` (inclusive) to `to` (exclusive), with categories, topics and
 * shares. The large index is dropped meanwhile and built anew, as one would after restoring a backup.
 * @param url of the role that owns the tables
 * @returns seconds for rows and for the index
 */
export async function load(
  url: string,
  owners: Owners,
  { from, to, say }: { from: number; to: number; say: (line: string) => void },
): Promise<{ rows: number; index: number }> {
  const started = performance.now()
  const clients = await Promise.all([connect(url), connect(url)])
  const [first] = clients as [pg.Client, pg.Client]
  const definition = await indexDefinition(first)
  await first.query(`DROP INDEX "${INDEX}"`)
  const sorted = await sorting(first, owners)
  let next = from
  let told = from
  await Promise.all(
    clients.map(async (client, worker) => {
      const corpus = createCorpus(1000 + from + worker)
      const random = seeded(from + worker)
      while (next < to) {
        const start = next
        next = Math.min(to, next + BATCH)
        await insert(client, { corpus, random, owners, sorted, count: next - start, number: start })
        if (start - told >= 50_000) say(`  ${(told = start).toLocaleString('en')} documents`)
      }
    }),
  )
  const rows = (performance.now() - started) / 1000
  await first.query(`SET maintenance_work_mem = '1GB'`)
  await first.query(definition)
  await first.query('VACUUM (ANALYZE) "search_entries"')
  await first.query('ANALYZE')
  await Promise.all(clients.map((client) => client.end()))
  return { rows, index: (performance.now() - started) / 1000 - rows }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'psql' })
  await client.connect()
  await client.query('SET synchronous_commit = off')
  return client
}

interface Sorting {
  categories: Map<string, string[]>
  topics: Map<string, string[]>
}

/** Categories and topics of every owner, made by the first load. */
async function sorting(client: pg.Client, { ids }: Owners): Promise<Sorting> {
  for (const [table, each, name] of [
    ['categories', CATEGORIES_EACH, 'Category'],
    ['topics', TOPICS_EACH, 'Topic'],
  ] as const) {
    await client.query(
      `INSERT INTO "${table}" ("id", "owner_id", "name")
       SELECT gen_random_uuid(), owner, $2 || ' ' || n FROM unnest($1::uuid[]) owner, generate_series(1, $3::int) n
       ON CONFLICT DO NOTHING`,
      [ids, name, each],
    )
  }
  const of = async (table: string) => {
    const { rows } = await client.query<{ id: string; owner: string }>(
      `SELECT "id", "owner_id" AS owner FROM "${table}"`,
    )
    return new Map([...Map.groupBy(rows, ({ owner }) => owner)].map(([owner, all]) => [owner, all.map(({ id }) => id)]))
  }
  return { categories: await of('categories'), topics: await of('topics') }
}

/** A row id of version 7 for the moment `at`, in milliseconds: ids come in the order of arrival. */
function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

interface Batch {
  corpus: ReturnType<typeof createCorpus>
  random: () => number
  owners: Owners
  sorted: Sorting
  count: number
  number: number
}

const START = Date.UTC(2021, 0, 1)
const EVERY_MS = 150_000

async function insert(client: pg.Client, batch: Batch): Promise<void> {
  const { random, owners, sorted } = batch
  const rows = Array.from({ length: batch.count }, (_, at) => {
    const owner = pick(random, owners.ids)
    const arrived = START + (batch.number + at) * EVERY_MS
    const dated = random() < 0.7 ? new Date(arrived - random() * 4e11).toISOString().slice(0, 10) : null
    return {
      id: idAt(arrived),
      owner,
      ...batch.corpus.next(),
      type: pick(random, TYPES),
      language: pick(random, LANGUAGES),
      dated,
      arrived: new Date(arrived).toISOString(),
      category: random() < 0.8 ? pick(random, sorted.categories.get(owner) ?? [null as never]) : null,
      topic: pick(random, sorted.topics.get(owner) ?? []),
    }
  })
  const column = <K extends keyof (typeof rows)[number]>(key: K) => rows.map((row) => row[key])
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO "documents" ("id", "owner_id", "title", "filename", "notes", "content_type", "size", "status", "language",
       "document_date", "category_id", "created_at", "updated_at")
     SELECT id, owner, title, 'scan ' || left(title, 20) || '.pdf', notes, type, length(body), 'READY', language, dated::date, category,
       arrived::timestamptz, arrived::timestamptz
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::text[])
       AS given(id, owner, title, notes, type, body, language, dated, category, arrived)`,
    [
      column('id'),
      column('owner'),
      column('title'),
      column('notes'),
      column('type'),
      column('body'),
      column('language'),
      column('dated'),
      column('category'),
      column('arrived'),
    ],
  )
  await client.query(
    `INSERT INTO "document_topics" ("document_id", "topic_id", "provenance")
     SELECT id, topic, 'PERSON' FROM unnest($1::uuid[], $2::uuid[]) AS given(id, topic)`,
    [column('id'), column('topic')],
  )
  const shares = rows.flatMap(({ id, owner }) => [
    ...(random() < SHARED ? [{ id, kind: 'USER', subject: pick(random, owners.ids), owner }] : []),
    ...(random() < SHARED ? [{ id, kind: 'GROUP', subject: pick(random, owners.groups), owner }] : []),
  ])
  await client.query(
    `INSERT INTO "shares" ("id", "document_id", "kind", "subject_id", "level", "created_by")
     SELECT id, document, kind::subject_kind, subject, 'VIEW', owner
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[]) AS given(id, document, kind, subject, owner)`,
    [
      shares.map(() => randomUUID()),
      shares.map(({ id }) => id),
      shares.map(({ kind }) => kind),
      shares.map(({ subject }) => subject),
      shares.map(({ owner }) => owner),
    ],
  )
  await client.query(
    `INSERT INTO "search_entries" ("document_id", "owner_id", "title", "filename", "body")
     SELECT id, owner, '', '', body FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given(id, owner, body)`,
    [column('id'), column('owner'), column('body')],
  )
  await client.query('COMMIT')
}
