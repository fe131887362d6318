import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLibrary, person, silent, type Library } from '../testing/library.fixture.ts'
import { emptyTrash } from './usecases/empty-trash.ts'
import { purgeDocument } from './usecases/purge-document.ts'
import { purgeDocuments, restoreDocuments, trashDocuments } from './usecases/trash-documents.ts'

let library: Library
const DAY = 86_400_000
const signal = new AbortController().signal

beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

const purgeJobs = (documentId: string) =>
  library.db.outbox.count({ where: { name: 'purge-document', payload: { path: ['documentId'], equals: documentId } } })
const sweep = () => emptyTrash({ ...library, retentionDays: 30, log: silent })(signal)

test('what is thrown away comes back as it was', async () => {
  const ada = person()
  const bob = person()
  const document = await library.add(ada, { title: 'Letter', body: 'narwhal' })
  await library.share(document, bob, 'EDIT')
  await trashDocuments(library)([document.id], ada.actor)
  expect([await library.find(ada, 'narwhal'), await library.find(bob, 'narwhal')]).toEqual([[], []])
  expect((await library.list(ada)).edges).toEqual([])
  await restoreDocuments(library)([document.id], ada.actor)
  expect([await library.find(ada, 'narwhal'), await library.find(bob, 'narwhal')]).toEqual([['Letter'], ['Letter']])
})

test('all are thrown away or none, by their owner alone', async () => {
  const ada = person()
  const bob = person()
  const [one, two, foreign] = await Promise.all([library.add(ada), library.add(ada), library.add(bob)])
  await library.share(foreign, ada, 'EDIT')
  await expect(trashDocuments(library)([one.id, foreign.id], ada.actor)).rejects.toThrow('Only the owner')
  await expect(trashDocuments(library)([one.id, randomUUID()], ada.actor)).rejects.toThrow('was not found')
  await expect(trashDocuments(library)([], ada.actor)).rejects.toMatchObject({ field: 'ids' })
  await expect(trashDocuments(library)(Array(101).fill(one.id), ada.actor)).rejects.toMatchObject({ field: 'ids' })
  expect((await library.list(ada)).edges).toHaveLength(3)
  await trashDocuments(library)([one.id, two.id, one.id], ada.actor)
  expect((await library.list(ada)).edges.map(({ node }) => node.id)).toEqual([foreign.id])
})

test('only what is in the trash is deleted for good; then it is gone for everybody at once', async () => {
  const ada = person()
  const document = await library.add(ada, { title: 'Secret', body: 'dugong' })
  await expect(purgeDocuments(library)([document.id], ada.actor)).rejects.toThrow('Only what is in the trash')
  await trashDocuments(library)([document.id], ada.actor)
  await purgeDocuments(library)([document.id], ada.actor)
  expect(await library.find(ada, 'dugong is:trashed')).toEqual([])
  expect(await library.db.searchEntry.count({ where: { documentId: document.id } })).toBe(0)
  await expect(restoreDocuments(library)([document.id], ada.actor)).rejects.toThrow('was not found')
  await expect(purgeDocuments(library)([document.id], ada.actor)).rejects.toThrow('was not found')
  expect(await purgeJobs(document.id)).toBe(1)
  expect((await library.auditTypes()).filter((type) => type === 'documents.document.purged')).toHaveLength(1)
})

test('a purge removes every file, every page and every word, and goes on where it was cut off', async () => {
  const ada = person()
  const document = await library.add(ada, { title: 'Old', trashedAt: new Date(), purgingAt: new Date() })
  const older = randomUUID()
  await library.db.documentVersion.create({
    data: {
      id: randomUUID(),
      documentId: document.id,
      number: 2,
      blobId: older,
      filename: 'x',
      contentType: 'x',
      size: 1,
      createdBy: ada.userId,
    },
  })
  const removed: string[] = []
  let failures = ['bytes', 'previews', 'ai']
  const failOnce = (what: string) => {
    if (!failures.includes(what)) return
    failures = failures.filter((each) => each !== what)
    throw new Error(`${what} is away`)
  }
  const purge = purgeDocument({
    db: library.db,
    bytes: {
      async remove(blobId) {
        if (removed.includes(blobId)) return
        failOnce('bytes')
        removed.push(blobId)
      },
    },
    async removePreviews() {
      failOnce('previews')
      removed.push('previews')
    },
    async forgetByAi() {
      failOnce('ai')
      removed.push('ai')
    },
  })
  for (const what of ['bytes', 'previews', 'ai'])
    await expect(purge(document.id, signal)).rejects.toThrow(`${what} is away`)
  expect(await library.db.document.count({ where: { id: document.id } })).toBe(1)
  await Promise.all([purge(document.id, signal), purge(document.id, signal)])
  await purge(document.id, signal)
  expect(new Set(removed)).toEqual(new Set([document.blobId, older, 'previews', 'ai']))
  expect(await library.db.document.count({ where: { id: document.id } })).toBe(0)
  expect(await library.db.documentVersion.count({ where: { documentId: document.id } })).toBe(0)
})

test('a purge does nothing to a document that nobody purged', async () => {
  const document = await library.add(person(), {})
  const never = async () => {
    throw new Error('touched')
  }
  await purgeDocument({ db: library.db, bytes: { remove: never }, removePreviews: never, forgetByAi: never })(
    document.id,
    signal,
  )
  expect(await library.db.document.count({ where: { id: document.id } })).toBe(1)
})

test('the trash keeps thirty days, and a lost purge is taken up again', async () => {
  const ada = person()
  const old = await library.add(ada, { trashedAt: new Date(library.now() - 31 * DAY) })
  const young = await library.add(ada, { trashedAt: new Date(library.now() - 29 * DAY) })
  const lost = await library.add(ada, {
    trashedAt: new Date(library.now() - 60 * DAY),
    purgingAt: new Date(library.now() - 5 * DAY),
  })
  await sweep()
  await sweep()
  expect([await purgeJobs(old.id), await purgeJobs(young.id), await purgeJobs(lost.id)]).toEqual([1, 0, 1])
})
