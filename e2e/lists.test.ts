import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'

let house: TestHouse
let ada: Person
const DOCUMENTS = 100

beforeAll(async () => {
  house = await openTestHouse()
  ada = await new Person(house.url).register('Ada')
  const ids: string[] = []
  for (let at = 0; at < DOCUMENTS; at++) {
    ids.push(
      await ada.upload(
        `invoice ${at}.txt`,
        'text/plain',
        new TextEncoder().encode(`invoice number ${at} for the same customer`),
      ),
    )
  }
  for (const id of ids) await ada.untilDone(id)
  for (const id of ids)
    await ada.ask(`mutation ($id: ID!) { updateDocument(input: { id: $id, topics: ["bills"] }) { __typename } }`, {
      id,
    })
})

afterAll(async () => {
  await ada?.leave()
  await house?.stop()
})

/** SQL statements that the rooms send while an operation runs; what runs in the background is left out. */
async function statementsOf(query: string): Promise<string[]> {
  const seen: string[] = []
  const original = pg.Client.prototype.query
  pg.Client.prototype.query = function (this: unknown, ...args: unknown[]) {
    const first = args[0] as string | { text?: string }
    const text = typeof first === 'string' ? first : (first?.text ?? '')
    if (
      /"public"\."(documents|search_entries|categories|topics|document_topics|document_versions|shares|share_links|users|blobs|replicas|suggestions|plugins)"|search_entries/.test(
        text,
      )
    )
      seen.push(text)
    return original.apply(this as pg.Client, args as never)
  } as never
  try {
    await ada.ask(query)
  } finally {
    pg.Client.prototype.query = original
  }
  return seen
}

test.each([
  [
    'a page of documents',
    (n: number) =>
      `{ documents(first: ${n}) { edges { node { id title owner { id name } file { size sha256 download { url } } suggestions { topic } } } } }`,
  ],
  [
    'a search',
    (n: number) =>
      `{ documents(first: ${n}, search: "customer") { totalCount edges { node { id snippet owner { name } file { size } suggestions { topic } } } } }`,
  ],
  [
    'a search with everything beside it',
    (n: number) =>
      `{ documents(first: ${n}, search: "customer type:txt topic:bills") { totalCount totalCountIsExact search { didYouMean problems { message } }
        facets { categories { count category { name } } topics { count topic { name documentCount } } types { value count } }
        edges { node { id level category { name } topics { topic { name } } versions { number current file { size } } shares { user { name } } links { id } } } } }`,
  ],
  [
    'a list by title',
    (n: number) => `{ documents(first: ${n}, orderBy: TITLE) { edges { node { id topics { topic { name } } } } } }`,
  ],
  [
    "a person's documents",
    (n: number) => `{ me { documents(first: ${n}) { edges { node { id owner { name } file { size } } } } } }`,
  ],
])('%s costs as many queries at 100 items as at one', async (_what, query) => {
  const one = await statementsOf(query(1))
  const many = await statementsOf(query(DOCUMENTS))
  expect(many.length, many.join('\n')).toBe(one.length)
  expect(one.length).toBeGreaterThan(0)
})

test('a page has at most 100 items', async () => {
  for (const first of [0, -1, 101]) {
    const reply = await ada.send(`{ documents(first: ${first}) { totalCount } }`)
    expect(reply.errors?.[0]?.message).toBe('A page has 1 to 100 items.')
  }
  const foreign = await ada.send('{ documents(after: "bm90IGEgY3Vyc29y") { totalCount } }')
  expect(foreign.errors?.[0]?.extensions?.code).toBe('invalid_input')
})
