import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { updateDocument } from '../documents/usecases/update-document.ts'
import { openLibrary, person, type Library } from '../testing/library.fixture.ts'
import { MATCHES } from './find-ids.ts'

let library: Library

beforeAll(async () => {
  library = await openLibrary()
})

afterAll(() => library.close())

describe('what is found', () => {
  const ada = person()
  beforeAll(async () => {
    const add = library.add
    await add(ada, { title: 'Electricity bill', body: 'The invoices of the power company for March.', language: 'en' })
    await add(ada, { title: 'Rechnung', body: 'Die Rechnungen der Stadtwerke über Fernwärme.', language: 'de' })
    await add(ada, { title: 'Lettre', body: 'Une façade très ancienne à rénover.', language: 'fr' })
    await add(ada, { title: 'Notes only', notes: 'kept under zanzibar' })
    await add(ada, { title: 'Annual report 2024', filename: 'final_version-3.pdf', body: 'payment within thirty days' })
    await add(ada, { title: 'Draft', body: 'thirty payment days within' })
  })

  test.each([
    ['a stem of its language', 'invoice', ['Electricity bill']],
    ['another form of a word', 'rechnung ', ['Rechnung']],
    ['accents or none', 'facade', ['Lettre']],
    ['case or none', 'FERNWÄRME ', ['Rechnung']],
    ['a beginning', 'electr', ['Electricity bill']],
    ['a beginning in the middle', 'elec* company ', ['Electricity bill']],
    ['notes', 'zanzibar', ['Notes only']],
    ['a part of the file name', 'version', ['Annual report 2024']],
    ['a phrase', '"payment within thirty days"', ['Annual report 2024']],
    ['one word without another', 'thirty -annual', ['Draft']],
    ['either', 'zanzibar or facade ', ['Notes only', 'Lettre']],
    ['a word of the title', 'title:draft', ['Draft']],
    ['no word of the text as one of the title', 'title:payment', []],
    ['nothing', 'nowhere', []],
    ['nothing but signs', '"!!!" ???', []],
  ])('%s', async (_what, search, titles) => {
    expect((await library.find(ada, search)).toSorted()).toEqual(titles.toSorted())
  })

  test('the passage that matches is marked, and nothing else is markup', async () => {
    await library.add(ada, {
      title: 'Hostile',
      body: `${'filler text '.repeat(5_000)}<script>alert(1)</script> quokka & co`,
    })
    const page = await library.list(ada, { search: 'quokka' })
    expect(page.edges[0]?.node.snippet).toContain('<mark>quokka</mark>')
    expect(page.edges[0]?.node.snippet?.replaceAll(/<\/?mark>/g, '')).not.toMatch(/[<>]/)
    const two = await library.list(ada, { search: 'power march ' })
    expect(two.edges[0]?.node.snippet).toMatch(/<mark>power<\/mark>.*<mark>March<\/mark>/)
  })

  test('a new title is found at once, the old one no more', async () => {
    const document = await library.add(ada, { title: 'Before', body: 'steady text' })
    await updateDocument(library)(document.id, { title: 'Afterwards', notes: 'marginalia' }, ada.actor)
    expect(await library.find(ada, 'afterwards ')).toEqual(['Afterwards'])
    expect(await library.find(ada, 'marginalia steady ')).toEqual(['Afterwards'])
    expect(await library.find(ada, 'before ')).toEqual([])
  })

  test('a misspelt name is guessed, and only from what one may see', async () => {
    await library.add(person(), { title: 'Elektrizitaet' })
    const page = await library.list(ada, { search: 'electrcity bill' })
    expect(await page.didYouMean()).toBe('electricity bill')
    expect((await (await library.list(ada, { search: 'elektrizitet ' })).didYouMean()) ?? '').not.toMatch(
      /elektrizitaet/i,
    )
    expect(await (await library.list(ada, { search: 'facade' })).didYouMean()).toBeNull()
  })
})

test('titles outweigh notes, notes outweigh the text, and of equals the newer comes first', async () => {
  const ada = person()
  const old = { documentDate: new Date('2010-01-01') }
  await library.add(ada, { title: 'In text, old', body: 'the wombat sleeps', ...old })
  await library.add(ada, { title: 'In text, new', body: 'the wombat sleeps' })
  await library.add(ada, { title: 'In notes', notes: 'wombat' })
  await library.add(ada, { title: 'The wombat' })
  expect(await library.find(ada, 'wombat')).toEqual(['The wombat', 'In notes', 'In text, new', 'In text, old'])
})

test('filters by text and by type agree', async () => {
  const ada = person()
  const finance = await library.db.category.create({ data: { id: randomUUID(), ownerId: ada.userId, name: 'Finance' } })
  const bills = await library.db.category.create({
    data: { id: randomUUID(), ownerId: ada.userId, name: 'Bills', parentId: finance.id },
  })
  await library.add(ada, { title: 'a', categoryId: bills.id, documentDate: new Date('2025-03-31'), size: 6_000_000n })
  await library.add(ada, {
    title: 'b',
    categoryId: finance.id,
    documentDate: new Date('2024-03-31'),
    contentType: 'image/png',
  })
  await library.add(ada, { title: 'c', status: 'FAILED', contentType: 'text/plain' })
  const c = await library.add(ada, { title: 'd', trashedAt: new Date() })
  expect(c.trashedAt).not.toBeNull()
  const found = async (search: string, filter = {}) => (await library.find(ada, search, { filter })).toSorted().join('')
  expect(await found('category:finance')).toBe('ab')
  expect(await found('category:FINANCE/bills')).toBe('a')
  expect(await found('-category:bills')).toBe('bc')
  expect(await found('category:none')).toBe('c')
  expect(await found('type:image,txt')).toBe('bc')
  expect(await found('type:document')).toBe('')
  expect(await found('date:2025')).toBe('a')
  expect(await found('date:<2025')).toBe('b')
  expect(await found('-date:2025 -date:2024')).toBe('c')
  expect(await found('size:>5mb')).toBe('a')
  expect(await found('is:failed')).toBe('c')
  expect(await found('is:trashed')).toBe('d')
  expect(await found('')).toBe('abc')
  expect(await found('', { categoryId: finance.id })).toBe('ab')
  expect(await found('', { dateFrom: '2025-01-01', dateTo: '2025-04-01' })).toBe('a')
  expect(await found('type:pdf', { trashed: true })).toBe('d')
  await expect(library.find(ada, '', { filter: { dateFrom: '2025-99-99' } })).rejects.toThrow('A date is a day')
})

test('a name that is none finds nothing, and says what was probably meant', async () => {
  const ada = person()
  await library.db.category.create({ data: { id: randomUUID(), ownerId: ada.userId, name: 'Invoices' } })
  await library.db.topic.create({ data: { id: randomUUID(), ownerId: ada.userId, name: 'Steuer' } })
  await library.add(ada, { title: 'x' })
  const messages = async (search: string) => {
    const page = await library.list(ada, { search })
    expect([page.edges, await page.total()]).toEqual([[], { count: 0, exact: true }])
    return page.plan.problems.map(({ message }) => message)
  }
  expect(await messages('category:invoces')).toEqual(['There is no category “invoces”. Did you mean “Invoices”?'])
  expect(await messages('topic:steuern')).toEqual(['There is no topic “steuern”. Did you mean “Steuer”?'])
  expect(await messages('type:foo')).toEqual([expect.stringContaining('“foo” is no type.')])
})

test("the names of other people's categories and topics are not told", async () => {
  const bob = person()
  await library.db.category.create({ data: { id: randomUUID(), ownerId: bob.userId, name: 'Divorce' } })
  await library.db.topic.create({ data: { id: randomUUID(), ownerId: bob.userId, name: 'Bankruptcy' } })
  const page = await library.list(person(), { search: 'category:divorse topic:bankruptcy' })
  expect(page.plan.problems.map(({ message }) => message)).toEqual([
    'There is no category “divorse”.',
    'There is no topic “bankruptcy”.',
  ])
})

test('every order pages through everything once', async () => {
  const ada = person()
  for (let at = 0; at < 23; at++) {
    const size = BigInt(1000 + (at % 5))
    await library.add(ada, {
      title: `Paper ${at % 7}`,
      body: `paper number ${at}`,
      documentDate: new Date(Date.UTC(2020 + (at % 4), 0, 1)),
      size,
    })
  }
  const orders = ['RELEVANCE', 'NEWEST', 'OLDEST', 'DATE_NEWEST', 'DATE_OLDEST', 'TITLE', 'LARGEST'] as const
  for (const search of ['', 'paper ', 'type:pdf']) {
    for (const orderBy of orders) {
      const seen: string[] = []
      for (let after: string | null = null; ;) {
        const page = await library.list(ada, { search, orderBy, first: 5, after })
        seen.push(...page.edges.map(({ node }) => node.id))
        expect(await page.total(), `${search} ${orderBy}`).toEqual({ count: 23, exact: true })
        if (!page.pageInfo.hasNextPage) break
        after = page.pageInfo.endCursor
      }
      expect(new Set(seen).size, `${search} ${orderBy}`).toBe(23)
      expect(seen.length).toBe(23)
    }
  }
  const titles = await library.find(ada, 'type:pdf', { orderBy: 'TITLE', first: 100 })
  expect(titles).toEqual(titles.toSorted())
})

test('cursors that are not ours are refused or lead nowhere, and break nothing', async () => {
  const ada = person()
  await library.add(ada, { title: 'x', body: 'word' })
  const cursor = (keys: unknown) => Buffer.from(JSON.stringify(keys)).toString('base64url')
  for (const [args, after] of [
    [{}, cursor(['not an id'])],
    [{ search: 'word' }, cursor([1, "'; DROP TABLE documents; --"])],
  ] as const)
    expect((await library.list(ada, { ...args, after })).edges).toEqual([])
  for (const after of ['%%%', cursor([]), cursor([null]), cursor({})])
    await expect(library.list(ada, { after })).rejects.toThrow('This cursor does not belong to this list.')
})

test('facets count what the search finds and this person may see', async () => {
  const ada = person()
  const topic = await library.db.topic.create({ data: { id: randomUUID(), ownerId: ada.userId, name: 'Tax' } })
  const one = await library.add(ada, { title: 'one', body: 'lemur', documentDate: new Date('2024-01-01') })
  await library.add(ada, {
    title: 'two',
    body: 'lemur',
    contentType: 'text/plain',
    documentDate: new Date('2025-01-01'),
  })
  await library.add(person(), { title: 'not hers', body: 'lemur' })
  await library.db.documentTopic.create({ data: { documentId: one.id, topicId: topic.id, provenance: 'AI' } })
  const facets = await (await library.list(ada, { search: 'lemur' })).facets()
  expect(facets.topics).toEqual([
    { value: topic.id, count: 1 },
    { value: null, count: 1 },
  ])
  expect(facets.types.map(({ value, count }) => [value, count])).toEqual([
    ['application/pdf', 1],
    ['text/plain', 1],
  ])
  expect(facets.years.map(({ value }) => value)).toEqual(['2024', '2025'])
})

test('lists do not crawl: one statement reads one index, however many others own documents', async () => {
  const ada = person()
  await library.db.$executeRaw`
    INSERT INTO "documents" ("id", "owner_id", "title", "filename", "content_type", "size", "status", "updated_at")
    SELECT gen_random_uuid(), CASE WHEN n % 100 = 0 THEN ${ada.userId}::uuid ELSE gen_random_uuid() END, 'Paper ' || n, 'x.txt', 'text/plain', 1, 'READY', now()
    FROM generate_series(1, 20000) n`
  await library.db.$executeRaw`
    INSERT INTO "search_entries" ("document_id", "owner_id", "title", "filename", "body")
    SELECT "id", "owner_id", '', '', 'an okapi among many ' || "title" FROM "documents" WHERE "filename" = 'x.txt'`
  await library.db.$executeRawUnsafe('ANALYZE')
  const rows = await library.db.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
    `EXPLAIN SELECT 1 FROM "search_entries" e WHERE e."keys" && ARRAY['o:${ada.userId}'] AND e."vector" @@ 'okapi'::tsquery LIMIT ${MATCHES}`,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('search_entries_keys_vector_title_idx')
  expect(plan).not.toContain('Seq Scan')
  const page = await library.list(ada, { search: 'okapi', first: 5 })
  expect([page.edges.length, await page.total()]).toEqual([5, { count: 200, exact: true }])
})

test('where more match than are counted, the total says so and the newest still come first', async () => {
  const ada = person()
  await library.db.$executeRaw`
    INSERT INTO "documents" ("id", "owner_id", "title", "filename", "content_type", "size", "status", "updated_at")
    SELECT ('00000000-' || lpad(to_hex(n / 65536), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${ada.userId}::uuid,
      'P ' || n, 'y.txt', 'text/plain', 1, 'READY', now() FROM generate_series(1, 10500) n`
  await library.db.$executeRaw`
    INSERT INTO "search_entries" ("document_id", "owner_id", "title", "filename", "body")
    SELECT "id", "owner_id", '', '', 'common word' FROM "documents" WHERE "filename" = 'y.txt' ORDER BY "id"`
  const page = await library.list(ada, { search: 'common ' })
  expect(await page.total()).toEqual({ count: MATCHES, exact: false })
  expect(page.edges[0]?.node.title).toBe('P 10500')
})

test('two changes at once leave the index as the rows are', async () => {
  const ada = person()
  const bob = person()
  const eve = person()
  const document = await library.add(ada, { title: 'Contested', body: 'ocelot' })
  await Promise.all([
    library.share(document, bob),
    library.share(document, eve),
    updateDocument(library)(document.id, { title: 'Contested still', topics: ['a', 'b'] }, ada.actor),
    updateDocument(library)(document.id, { documentDate: '2020-02-02' }, ada.actor),
  ])
  for (const who of [ada, bob, eve]) expect(await library.find(who, 'ocelot date:2020')).toEqual(['Contested still'])
})

test('a text of nothing but distinct words is indexed as far as it fits', async () => {
  const ada = person()
  const letters = 'абвгдежзиклмнопрстуфхцч'
  const body = Array.from({ length: 60_000 }, (_, at) =>
    [...at.toString(23).padStart(6, '0')].map((digit) => letters[parseInt(digit, 23)] ?? '').join('я'),
  ).join(' ')
  await library.add(ada, { title: 'A dictionary', body, language: 'ru' })
  expect(await library.find(ada, 'dictionary')).toEqual(['A dictionary'])
})

test('storms of syntax find nothing or something, and break nothing', async () => {
  const ada = person()
  for (const search of [
    '& | ! <-> :*',
    "'; DROP TABLE documents; --",
    "\\' \\\\",
    '"a" <3> "b"',
    'x:*'.repeat(100),
    '\u0000',
    '-'.repeat(400),
    '(((((',
    '🦄 or 🦄',
    `${'a or '.repeat(90)}b`,
  ])
    await expect(library.list(ada, { search }), search).resolves.toBeDefined()
})
