import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { updateDocument } from '../documents/usecases/update-document.ts'
import { openLibrary, person, type Library, type SomePerson } from '../testing/library.fixture.ts'
import type { BulkChange } from './bulk.ts'
import { runBulkUpdate } from './usecases/run-bulk-update.ts'
import { startBulkUpdate, undoBulkUpdate, type BulkInput } from './usecases/start-bulk-update.ts'

let library: Library

beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

const start = (who: SomePerson, search: string, change: BulkChange, more: Partial<BulkInput> = {}) =>
  startBulkUpdate(library)({ search, change, ...more }, who.actor)
const run = (who: SomePerson, bulkId: string, undo = false, signal = new AbortController().signal) =>
  runBulkUpdate(library)({ bulkId, undo, principals: [...who.access.principals] }, signal)
const states = async (bulkId: string) => {
  const rows = await library.db.bulkItem.groupBy({ by: ['state'], where: { bulkId }, _count: true })
  return Object.fromEntries(rows.map(({ state, _count }) => [state, _count]))
}
const stateOf = async (id: string) => (await library.db.bulkUpdate.findUniqueOrThrow({ where: { id } })).state

async function withPapers(count: number) {
  const ada = person()
  for (let at = 0; at < count; at++)
    await library.add(ada, { title: `Paper ${at}`, body: at % 2 ? 'odd one' : 'even one' })
  return ada
}

test('everything that matches is changed, not only a page of it, and taken back', async () => {
  const ada = await withPapers(60)
  const category = await library.db.category.create({ data: { id: randomUUID(), ownerId: ada.userId, name: 'Odd' } })
  const [kept] = (await library.list(ada, { search: 'odd' })).edges
  await updateDocument(library)(kept?.node.id ?? '', { topics: ['old'] }, ada.actor)
  const bulk = await start(ada, 'odd ', {
    categoryId: category.id,
    addTopics: ['new'],
    removeTopics: ['OLD'],
    documentDate: '2024-01-01',
  })
  expect([bulk.total, await stateOf(bulk.id)]).toEqual([30, 'RUNNING'])
  await run(ada, bulk.id)
  expect([await states(bulk.id), await stateOf(bulk.id)]).toEqual([{ DONE: 30 }, 'DONE'])
  expect(await library.find(ada, 'category:odd topic:new date:2024', { first: 100 })).toHaveLength(30)
  await undoBulkUpdate(library)(bulk.id, ada.actor)
  await run(ada, bulk.id, true)
  expect([await states(bulk.id), await stateOf(bulk.id)]).toEqual([{ UNDONE: 30 }, 'UNDONE'])
  expect(await library.find(ada, 'category:none', { first: 100 })).toHaveLength(60)
  expect(await library.find(ada, 'topic:old')).toEqual([kept?.node.title])
  expect(await library.db.topic.count({ where: { ownerId: ada.userId, name: 'new' } })).toBe(0)
})

test('an undo leaves alone what somebody changed since', async () => {
  const ada = await withPapers(2)
  const bulk = await start(ada, 'paper ', { language: 'de' })
  await run(ada, bulk.id)
  const [first] = (await library.list(ada)).edges
  await updateDocument(library)(first?.node.id ?? '', { language: 'fr' }, ada.actor)
  await undoBulkUpdate(library)(bulk.id, ada.actor)
  await run(ada, bulk.id, true)
  expect(await states(bulk.id)).toEqual({ KEPT: 1, UNDONE: 1 })
  expect(await library.find(ada, 'language:fr')).toHaveLength(1)
  expect(await library.find(ada, 'language:none')).toHaveLength(1)
})

test('what is not theirs to change is skipped and counted', async () => {
  const ada = await withPapers(1)
  const bob = person()
  const seen = await library.add(bob, { title: 'Paper of Bob' })
  const edited = await library.add(bob, { title: 'Paper to edit' })
  await library.share(seen, ada, 'VIEW')
  await library.share(edited, ada, 'EDIT')
  await library.add(person(), { title: 'Paper unseen' })
  const bulk = await start(ada, 'paper ', { addTopics: ['mine'] })
  await run(ada, bulk.id)
  expect(await states(bulk.id)).toEqual({ DONE: 2, SKIPPED: 1 })
  const trash = await start(ada, 'paper ', { trash: true })
  await run(ada, trash.id)
  expect(await states(trash.id)).toEqual({ DONE: 1, SKIPPED: 2 })
  expect(await library.find(bob, 'paper ')).toHaveLength(2)
})

test('a worker that dies in the middle loses nothing and does nothing twice', async () => {
  const ada = await withPapers(20)
  const bulk = await start(ada, 'paper ', { addTopics: ['once'] })
  let changed = 0
  const dies = runBulkUpdate({
    ...library,
    announce: async () => {
      if (++changed === 7) throw new Error('killed')
    },
  })
  const task = { bulkId: bulk.id, undo: false, principals: [...ada.access.principals] }
  await expect(dies(task, new AbortController().signal)).rejects.toThrow('killed')
  expect(await states(bulk.id)).toEqual({ DONE: 7, PENDING: 13 })
  await Promise.all([run(ada, bulk.id), run(ada, bulk.id)])
  expect(await states(bulk.id)).toEqual({ DONE: 20 })
  await run(ada, bulk.id)
  expect(await stateOf(bulk.id)).toBe('DONE')
})

test('an undo in the middle stops the change and takes back what was done', async () => {
  const ada = await withPapers(12)
  const bulk = await start(ada, 'paper ', { trash: true })
  const half = runBulkUpdate({
    ...library,
    announce: async () => void (await undoBulkUpdate(library)(bulk.id, ada.actor)),
  })
  await half({ bulkId: bulk.id, undo: false, principals: [...ada.access.principals] }, new AbortController().signal)
  await run(ada, bulk.id, true)
  expect(await states(bulk.id)).toEqual({ UNDONE: 1, PENDING: 11 })
  expect(await library.find(ada, 'paper ', { first: 100 })).toHaveLength(12)
  expect(await stateOf(bulk.id)).toBe('UNDONE')
})

test('nothing is changed by guessing', async () => {
  const ada = await withPapers(1)
  for (const search of ['category:nowhere', 'date:>x', '???', 'type:foo paper'])
    await expect(start(ada, search, { trash: true }), search).rejects.toMatchObject({ field: 'search' })
  await expect(start(ada, 'paper', {})).rejects.toMatchObject({ field: 'change' })
  await expect(start(ada, 'paper', { trash: true, restore: true })).rejects.toMatchObject({ field: 'change' })
  await expect(start(ada, 'paper', { categoryId: randomUUID() })).rejects.toThrow('The category was not found.')
  await expect(start(ada, '', { trash: true }, { ids: [] })).rejects.toMatchObject({ field: 'ids' })
  await expect(undoBulkUpdate(library)(randomUUID(), ada.actor)).rejects.toThrow('was not found')
})

test('what is out of sight is not changed by its id', async () => {
  const ada = person()
  const foreign = await library.add(person(), {})
  const bulk = await start(ada, '', { trash: true }, { ids: [foreign.id] })
  await run(ada, bulk.id)
  expect(await states(bulk.id)).toEqual({ SKIPPED: 1 })
  expect((await library.db.document.findUnique({ where: { id: foreign.id } }))?.trashedAt).toBeNull()
})
