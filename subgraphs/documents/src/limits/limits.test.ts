import { Readable } from 'node:stream'
import { UnavailableError } from '@archivolt/kit/errors/domain-error'
import { ObjectChangedError, type ObjectStore } from '@archivolt/kit/objects/object-store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALLOWED_TYPES } from '../documents/file-types.ts'
import { openLibrary, person, type Library } from '../testing/library.fixture.ts'
import { createLimitStore } from './limits.ts'
import { updateDocumentLimits } from './usecases/update-document-limits.ts'

let library: Library
beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

/** Keeps objects as the contract says, with etags and conditions. */
function keeper() {
  let kept: { body: string; etag: string } | null = null
  const state = { away: false }
  const check = () => {
    if (state.away) throw new UnavailableError('The storage service')
  }
  const objects = {
    async get() {
      check()
      return kept && { body: Readable.from([kept.body]), etag: kept.etag, size: 1, contentType: 'application/json' }
    },
    async put(_object, body, options) {
      check()
      if (options.ifNoneMatch ? kept : options.ifMatch !== kept?.etag) throw new ObjectChangedError()
      kept = { body: String(body), etag: `${Number(kept?.etag ?? 0) + 1}` }
      return { etag: kept.etag, size: 1, blobId: 'b' }
    },
  } as Partial<ObjectStore> as ObjectStore
  return { objects, state, write: (body: string) => (kept = { body, etag: '9' }) }
}

const CEILING = 1000
const open = (objects: ObjectStore) => createLimitStore({ objects, ceiling: CEILING, now: library.now })
const update = (limits: ReturnType<typeof open>) => updateDocumentLimits({ ...library, limits, ceiling: CEILING })

test('until somebody sets them the limits are what the operator allows; a change is seen by every process soon', async () => {
  const { objects } = keeper()
  const [here, there] = [open(objects), open(objects)]
  expect(await there.current()).toEqual({ maxFileSize: CEILING, maxPdfSize: CEILING, allowedTypes: ALLOWED_TYPES })
  await update(here)({ maxPdfSize: 10, allowedTypes: ['text/plain'] }, person().actor)
  const changed = { maxFileSize: CEILING, maxPdfSize: 10, allowedTypes: ['text/plain'] }
  expect(await here.current()).toEqual(changed)
  expect((await there.current()).maxPdfSize).toBe(CEILING)
  library.pass(10_000)
  expect(await there.current()).toEqual(changed)
  expect(await library.auditTypes()).toContain('documents.limits.updated')
})

test('two who change them at once do not undo each other', async () => {
  const { objects } = keeper()
  const results = await Promise.allSettled([
    update(open(objects))({ maxFileSize: 5 }, person().actor),
    update(open(objects))({ maxPdfSize: 7 }, person().actor),
  ])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('a storage that is away stops no upload once the limits are known', async () => {
  const { objects, state } = keeper()
  const store = open(objects)
  state.away = true
  await expect(store.current()).rejects.toThrow('not reachable')
  state.away = false
  await store.current()
  state.away = true
  library.pass(60_000)
  expect((await store.current()).maxFileSize).toBe(CEILING)
})

test('nobody sets more than the operator allows, nor types the vault cannot keep', async () => {
  const { objects, write } = keeper()
  const set = update(open(objects))
  await expect(set({ maxFileSize: CEILING + 1 }, person().actor)).rejects.toMatchObject({ field: 'maxFileSize' })
  await expect(set({ maxPdfSize: 0 }, person().actor)).rejects.toMatchObject({ field: 'maxPdfSize' })
  await expect(set({ allowedTypes: ['application/x-msdownload'] }, person().actor)).rejects.toMatchObject({
    field: 'allowedTypes',
  })
  await expect(set({ allowedTypes: [] }, person().actor)).rejects.toMatchObject({ field: 'allowedTypes' })
  write(
    JSON.stringify({ version: 1, maxFileSize: 9e9, maxPdfSize: 5, allowedTypes: ['text/plain', 'of/another-version'] }),
  )
  library.pass(60_000)
  expect(await open(objects).current()).toEqual({ maxFileSize: CEILING, maxPdfSize: 5, allowedTypes: ['text/plain'] })
})
