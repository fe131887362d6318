import { afterAll, beforeAll, expect, test } from 'vitest'
import { docx, pdf } from './src/fixtures.ts'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const READ = `query ($id: ID!) { document(id: $id) { status failure pageCount duplicates { id trashedAt }
  processing { step reason steps { step state attempts note endedAt } } proposed { title language dates }
  thumbnail { page width file { contentType size download { url } } } pages(first: 2) { edges { cursor node { page width } } pageInfo { hasNextPage } } } }`
const REPROCESS = `mutation ($input: ReprocessDocumentsInput!) { reprocessDocuments(input: $input) {
  __typename ... on ReprocessDocumentsSuccess { reprocessing { id total } } ... on Error { code message } } }`
const PROGRESS = `query ($id: ID!) { reprocessing(id: $id) { state total begun finished failed } }`

let house: TestHouse
let ada: Person
let eve: Person

beforeAll(async () => {
  house = await openTestHouse()
  ada = await new Person(house.url).register('Ada')
  eve = await new Person(house.url).register('Eve')
})
afterAll(async () => {
  await Promise.all([ada?.leave(), eve?.leave()])
  await house?.stop()
})

const read = async (id: string, who = ada) => (await who.ask(READ, { id })).document

test('a document tells its steps, its pages and what it proposes, and shows itself', async () => {
  const id = await ada.upload(
    '2024-05-17 minutes.pdf',
    'application/pdf',
    pdf('Minutes of the meeting about the harbour'),
  )
  await ada.untilDone(id)
  const states = async () =>
    (await read(id)).processing.steps.map((row: { step: string; state: string }) => `${row.step} ${row.state}`)
  await expect
    .poll(states, { timeout: 30_000 })
    .toEqual(['VERIFY DONE', 'TEXT DONE', 'OCR SKIPPED', 'INDEX DONE', 'PREVIEW DONE'])
  const document = await read(id)
  expect(document).toMatchObject({ status: 'READY', failure: null, pageCount: 1, duplicates: [] })
  expect(document.proposed).toMatchObject({ title: 'Minutes of the meeting about the harbour', dates: ['2024-05-17'] })
  expect(document.pages.edges.map((edge: { node: { page: number } }) => edge.node.page)).toEqual([1])
  expect(document.thumbnail.file.contentType).toBe('image/webp')
  const picture = await fetch(new URL(document.thumbnail.file.download.url, house.url))
  expect(picture.status).toBe(200)
  expect(
    Buffer.from(await picture.arrayBuffer())
      .subarray(8, 12)
      .toString(),
  ).toBe('WEBP')
  expect(await read(id, eve)).toBeNull()
})

test('a file that cannot be read says at which step and why, and is given back', async () => {
  const bytes = (await docx('x')).subarray(0, 300)
  const id = await ada.upload('broken.docx', DOCX, bytes)
  await ada.untilDone(id)
  const document = await read(id)
  expect(document.status).toBe('FAILED')
  expect(document.processing).toMatchObject({ step: 'TEXT', reason: expect.stringMatching(/damaged/) })
})

test('a duplicate is linked, one in the trash too', async () => {
  const bytes = new TextEncoder().encode('twice the same')
  const first = await ada.upload('first.txt', 'text/plain', bytes)
  await ada.ask(`mutation ($input: TrashDocumentsInput!) { trashDocuments(input: $input) { __typename } }`, {
    input: { ids: [first] },
  })
  const second = await ada.upload('second.txt', 'text/plain', bytes)
  const stranger = await eve.upload('mine.txt', 'text/plain', bytes)
  const { duplicates } = await read(second)
  expect(duplicates).toEqual([{ id: first, trashedAt: expect.any(String) }])
  expect((await read(stranger, eve)).duplicates).toEqual([])
})

test('documents are read again: a selection by who may change them, everything by administrators alone', async () => {
  const id = await ada.upload('again.txt', 'text/plain', new TextEncoder().encode('read me again'))
  await ada.untilDone(id)
  const refused = (await eve.ask(REPROCESS, { input: { ids: [id] } })).reprocessDocuments
  expect(refused).toMatchObject({ __typename: 'NotFoundError' })
  expect((await ada.send(REPROCESS, { input: { everything: true } })).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  expect((await ada.ask(REPROCESS, { input: {} })).reprocessDocuments.__typename).toBe('InvalidInputError')

  const { reprocessing } = (await ada.ask(REPROCESS, { input: { ids: [id] } })).reprocessDocuments
  const progress = async (who: Person, run: string) => (await who.ask(PROGRESS, { id: run })).reprocessing
  await expect
    .poll(() => progress(ada, reprocessing.id), { timeout: 30_000 })
    .toMatchObject({ state: 'DONE', total: 1, begun: 1, finished: 1, failed: 0 })
  expect(await progress(eve, reprocessing.id)).toBeNull()

  const admin = await new Person(house.url).signIn(ADMIN)
  const all = (await admin.ask(REPROCESS, { input: { everything: true } })).reprocessDocuments.reprocessing
  await expect
    .poll(
      async () => {
        const { state, total, finished } = await progress(admin, all.id)
        return state === 'DONE' && finished === total
      },
      { timeout: 40_000 },
    )
    .toBe(true)
})
