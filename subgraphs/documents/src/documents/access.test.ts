import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Document } from '../../prisma/client/client.ts'
import { openLibrary, person, type Library, type SomePerson } from '../testing/library.fixture.ts'
import { editableDocuments, levelsOf, requireDocument } from './access.ts'
import { documentLoaders } from './document-loaders.ts'
import { updateDocument } from './usecases/update-document.ts'

let library: Library
let document: Document
const staffId = randomUUID()
const boardId = randomUUID()
const owner = person()
const viewer = person()
const editor = person()
const staff = person([staffId])
const board = person([staffId, boardId])
const stranger = person([randomUUID()])

beforeAll(async () => {
  library = await openLibrary()
  document = await library.add(owner, { title: 'Plan', body: 'axolotl' })
  await library.share(document, viewer, 'VIEW')
  await library.share(document, editor, 'EDIT')
  await library.share(document, { groupId: staffId }, 'VIEW')
  await library.share(document, { groupId: boardId }, 'EDIT')
})

afterAll(() => library.close())

test.each<[string, SomePerson, 'OWN' | 'EDIT' | 'VIEW' | undefined]>([
  ['the owner', owner, 'OWN'],
  ['whom it is shared with to see', viewer, 'VIEW'],
  ['whom it is shared with to edit', editor, 'EDIT'],
  ['a member of a group that may see it', staff, 'VIEW'],
  ['a member of two groups, one of which may edit it', board, 'EDIT'],
  ['a stranger', stranger, undefined],
])('%s', async (_who, who, level) => {
  const { db } = library
  expect((await levelsOf(db, who.access, [document])).get(document.id)).toBe(level)
  const seen = level !== undefined
  // Every way to a document says the same: by id, as a representation, in the list, in a search, in facets.
  expect((await documentLoaders(db, who.access).document.load(document.id)) !== null).toBe(seen)
  expect((await library.list(who)).edges.some(({ node }) => node.id === document.id)).toBe(seen)
  expect(await library.find(who, 'axolotl')).toEqual(seen ? ['Plan'] : [])
  expect((await (await library.list(who, { search: 'axolotl' })).facets()).types).toHaveLength(seen ? 1 : 0)
  expect(await editableDocuments({ db })(who.viewer, [document.id])).toEqual(
    level && level !== 'VIEW' ? [document.id] : [],
  )
  const change = updateDocument(library)(document.id, { notes: 'seen' }, who.actor)
  if (!seen) await expect(change).rejects.toThrow('The document was not found.')
  else if (level === 'VIEW') await expect(change).rejects.toThrow('You may look at this document, not change it.')
  else await expect(change).resolves.toMatchObject({ notes: 'seen' })
  const own = requireDocument(db, who.access, document.id, 'OWN')
  if (level === 'OWN') await expect(own).resolves.toMatchObject({ id: document.id })
  else await expect(own).rejects.toThrow(seen ? 'Only the owner' : 'was not found')
})

test('who leaves a group sees nothing from the next call on', async () => {
  const left = person([], board.userId)
  expect(await library.find(board, 'axolotl')).toEqual(['Plan'])
  expect(await library.find(left, 'axolotl')).toEqual([])
  expect(await documentLoaders(library.db, left.access).document.load(document.id)).toBeNull()
})

test('a document in the trash is there for its owner alone, and one that is purged for nobody', async () => {
  const gone = await library.add(owner, { title: 'Gone', body: 'platypus', trashedAt: new Date() })
  await library.share(gone, viewer, 'EDIT')
  const load = (who: SomePerson) => documentLoaders(library.db, who.access).document.load(gone.id)
  expect([await load(viewer), (await load(owner))?.id]).toEqual([null, gone.id])
  expect([await library.find(viewer, 'platypus'), await library.find(owner, 'platypus')]).toEqual([[], []])
  expect(await library.find(owner, 'platypus is:trashed')).toEqual(['Gone'])
  expect(await library.find(viewer, 'platypus is:trashed')).toEqual([])
  await library.db.document.update({ where: { id: gone.id }, data: { purgingAt: new Date() } })
  expect([await load(viewer), await load(owner)]).toEqual([null, null])
})

test('where the index says more than the rows, the rows are believed', async () => {
  await library.db
    .$executeRaw`UPDATE "search_entries" SET "keys" = "keys" || ${`u:${stranger.userId}`}::text WHERE "document_id" = ${document.id}::uuid`
  expect(await library.find(stranger, 'axolotl')).toEqual([])
})

test('hostile titles and notes are kept as they are or refused, never changed in silence', async () => {
  const change = updateDocument(library)
  const html = '<img src=x onerror=alert(1)> & "quotes"'
  expect((await change(document.id, { title: html, notes: html }, owner.actor)).title).toBe(html)
  for (const title of ['', '   ', 'a\nb', 'x\u202Efdp.exe', 'x'.repeat(301), '\uD800', 'a\0b'])
    await expect(change(document.id, { title }, owner.actor), title).rejects.toMatchObject({ field: 'title' })
  for (const notes of ['n'.repeat(20_001), 'a\0b', '\uDC00'])
    await expect(change(document.id, { notes }, owner.actor)).rejects.toMatchObject({ field: 'notes' })
  for (const documentDate of ['2025-02-30', 'yesterday', '0000-01-01', '2025-1-1', '99999-01-01'])
    await expect(change(document.id, { documentDate }, owner.actor)).rejects.toMatchObject({ field: 'documentDate' })
  const huge = 'wort '.repeat(3_999)
  await change(document.id, { notes: huge }, owner.actor)
  expect(await library.find(owner, 'wort axolotl ')).toEqual([html])
})

test('ten thousand topics are refused, a hundred are kept, each once whatever its case', async () => {
  const change = (topics: string[]) => updateDocument(library)(document.id, { topics }, owner.actor)
  await expect(change(Array.from({ length: 10_000 }, (_, at) => `t${at}`))).rejects.toMatchObject({ field: 'topics' })
  await change([...Array.from({ length: 99 }, (_, at) => `t${at}`), 'Tax', 'TAX', 'täx'])
  const topics = await documentLoaders(library.db, owner.access).topics.load(document.id)
  expect(topics).toHaveLength(100)
  expect(topics.every(({ provenance }) => provenance === 'PERSON')).toBe(true)
  expect(await library.find(owner, 'topic:tax')).toHaveLength(1)
  await change(['Tax'])
  expect(await library.db.topic.count({ where: { ownerId: owner.userId } })).toBe(1)
})

test('an editor sorts into the drawers and words of the owner, never into their own', async () => {
  const foreign = await library.db.category.create({ data: { id: randomUUID(), ownerId: editor.userId, name: 'Mine' } })
  const theirs = await library.db.category.create({ data: { id: randomUUID(), ownerId: owner.userId, name: 'Theirs' } })
  const change = (categoryId: string) => updateDocument(library)(document.id, { categoryId }, editor.actor)
  await expect(change(foreign.id)).rejects.toThrow('The category was not found.')
  expect((await change(theirs.id)).categoryId).toBe(theirs.id)
  await updateDocument(library)(document.id, { topics: ['from the editor'] }, editor.actor)
  expect((await library.db.topic.findFirst({ where: { name: 'from the editor' } }))?.ownerId).toBe(owner.userId)
  expect(await library.find(editor, 'category:theirs topic:"from the editor"')).toHaveLength(1)
})
