import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentLoaders } from '../documents/document-loaders.ts'
import { updateDocument } from '../documents/usecases/update-document.ts'
import { openLibrary, person, type Library } from '../testing/library.fixture.ts'
import { acceptTopics } from './usecases/accept-topics.ts'

let library: Library
beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

test('a topic says whether a person or an AI thought of it, and whoever was first is kept', async () => {
  const ada = person()
  const document = await library.add(ada, { title: 'Bill' })
  await updateDocument(library)(document.id, { topics: ['Energy'] }, ada.actor)
  await acceptTopics(library)(document.id, ['energy', 'Household'], ada.access)
  const topics = await documentLoaders(library.db, ada.access).topics.load(document.id)
  expect(topics.map(({ topic, provenance }) => [topic.name, provenance])).toEqual([
    ['Energy', 'PERSON'],
    ['Household', 'AI'],
  ])
})

test('nobody accepts for a document that they may not change', async () => {
  const ada = person()
  const bob = person()
  const document = await library.add(ada, {})
  await expect(acceptTopics(library)(document.id, ['x'], bob.access)).rejects.toThrow('was not found')
  await library.share(document, bob, 'VIEW')
  await expect(acceptTopics(library)(document.id, ['x'], bob.access)).rejects.toThrow('not change it')
})

test('the same new topic from many at once is one topic', async () => {
  const ada = person()
  const documents = await Promise.all(Array.from({ length: 8 }, () => library.add(ada, {})))
  await Promise.all(documents.map(({ id }) => acceptTopics(library)(id, ['Märchen', 'Saga'], ada.access)))
  expect(await library.db.topic.count({ where: { ownerId: ada.userId } })).toBe(2)
  expect(await library.find(ada, 'topic:marchen')).toHaveLength(8)
})
