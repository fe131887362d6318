import { randomUUID } from 'node:crypto'
import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOUSE, type ByteStore } from '../storage/byte-store.ts'
import { openLibrary, person, silent, type Library } from '../testing/library.fixture.ts'
import { checkFile } from '../uploads/usecases/check-file.ts'
import { abortUpload } from '../uploads/usecases/abort-upload.ts'
import { completeUpload } from '../uploads/usecases/complete-upload.ts'
import { replaceFile } from './usecases/replace-file.ts'
import { restoreVersion } from './usecases/restore-version.ts'
import { sweepReplacements } from './usecases/sweep-replacements.ts'

let library: Library
const blobs = new Map<string, string>()
let abortAnswer: Error | null = null
const bytes = {
  begin: async () => ({ method: 'PUT', url: '/', headers: [], expiresAt: new Date(), partSize: null, parts: null }),
  complete: async (id: string) => {
    const blobId = blobs.get(id) ?? randomUUID()
    blobs.set(id, blobId)
    return { blobId, size: 42, sha256: 'a'.repeat(64), contentType: 'text/plain' }
  },
  abort: async () => {
    if (abortAnswer) throw abortAnswer
  },
} as unknown as ByteStore

beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

const limits = async () => ({ maxFileSize: 100, maxPdfSize: 50, allowedTypes: ['text/plain', 'application/pdf'] })
const file = { filename: 'new.txt', contentType: 'text/plain', size: 42 }
const replace = (id: string, by: ReturnType<typeof person>, input = file) =>
  replaceFile({ ...library, bytes, checkFile: checkFile({ limits }) })(id, input, by.actor, HOUSE)
const complete = (id: string, by: ReturnType<typeof person>) =>
  completeUpload({ ...library, bytes })(id, by.viewer, HOUSE)
const numbers = async (documentId: string) =>
  (await library.db.documentVersion.findMany({ where: { documentId }, orderBy: { id: 'asc' } })).map(
    ({ number }) => number,
  )

test('a newer file becomes the current one, the older stays, and either can be current again', async () => {
  const ada = person()
  const document = await library.add(ada, { title: 'Will', notes: 'kept' })
  const { id } = await replace(document.id, ada)
  expect((await library.db.document.findUnique({ where: { id: document.id } }))?.blobId).toBe(document.blobId)
  const changed = await complete(id, ada)
  expect(changed).toMatchObject({
    id: document.id,
    title: 'Will',
    notes: 'kept',
    filename: 'new.txt',
    status: 'PROCESSING',
  })
  expect(changed.blobId).toBe(blobs.get(id))
  expect((await complete(id, ada)).blobId, 'completing twice').toBe(changed.blobId)
  expect(await numbers(document.id)).toEqual([1, 2])
  const restored = await restoreVersion(library)(document.id, ada.actor)
  expect(restored).toMatchObject({ blobId: document.blobId, filename: document.filename, status: 'PROCESSING' })
  expect((await restoreVersion(library)(id, ada.actor)).blobId).toBe(blobs.get(id))
  expect(await numbers(document.id)).toEqual([1, 2])
})

test('completions at once get numbers of their own', async () => {
  const ada = person()
  const document = await library.add(ada, {})
  const uploads = await Promise.all(Array.from({ length: 6 }, () => replace(document.id, ada)))
  await Promise.all(uploads.map(({ id }) => complete(id, ada)))
  expect((await numbers(document.id)).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('only who may edit replaces, and only while they may', async () => {
  const ada = person()
  const bob = person()
  const document = await library.add(ada, {})
  await expect(replace(document.id, bob)).rejects.toThrow('was not found')
  const share = await library.share(document, bob, 'VIEW')
  await expect(replace(document.id, bob)).rejects.toThrow('not change it')
  await library.db.share.update({ where: { id: share.id }, data: { level: 'EDIT' } })
  const first = await replace(document.id, bob)
  await expect(complete(first.id, ada), 'another person’s upload').rejects.toThrow('was not found')
  await library.db.share.delete({ where: { id: share.id } })
  await expect(complete(first.id, bob)).rejects.toThrow('was not found')
  expect(await numbers(document.id)).toEqual([1])
  const released = await library.db.outbox.findMany({ where: { name: 'release-bytes' } })
  expect(released.map(({ payload }) => payload)).toEqual([{ blobId: blobs.get(first.id) }])
})

test('limits hold for newer files too', async () => {
  const ada = person()
  const document = await library.add(ada, {})
  await expect(replace(document.id, ada, { ...file, size: 101 })).rejects.toMatchObject({ limit: 100 })
  await expect(
    replace(document.id, ada, { ...file, filename: 'a.pdf', contentType: 'application/pdf', size: 51 }),
  ).rejects.toMatchObject({ limit: 50 })
  await expect(replace(document.id, ada, { ...file, contentType: 'image/png' })).rejects.toThrow('does not take in')
})

test('a newer file that is given up, or never comes, leaves the document as it is', async () => {
  const ada = person()
  const document = await library.add(ada, {})
  const given = await replace(document.id, ada)
  await abortUpload({ ...library, bytes })(given.id, ada.viewer, HOUSE)
  const never = await replace(document.id, ada)
  const cutOff = await replace(document.id, ada)
  const sweep = (ids: string[]) => {
    const db = library.db
    return db.documentVersion
      .updateMany({ where: { id: { in: ids } }, data: { createdAt: new Date(0) } })
      .then(() =>
        sweepReplacements({ db, bytes, completeUpload: completeUpload({ ...library, bytes }), log: silent })(
          new Date(1000),
          new AbortController().signal,
        ),
      )
  }
  abortAnswer = new NotFoundError('The upload')
  await sweep([never.id])
  abortAnswer = new DomainError('storage.upload.used', 'used')
  await sweep([cutOff.id])
  abortAnswer = null
  const left = await library.db.documentVersion.findMany({
    where: { documentId: document.id },
    orderBy: { number: 'asc' },
  })
  expect(left.map(({ id, number }) => [id, number])).toEqual([
    [document.id, 1],
    [cutOff.id, 2],
  ])
})
