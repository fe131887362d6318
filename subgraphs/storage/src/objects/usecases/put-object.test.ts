import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discardBlob } from '../../blobs/usecases/discard-blob.ts'
import { readBytes, someBytes, streamOf } from '../../drivers/contract/harness.ts'
import type { ObjectKey } from '../../drivers/object-key.ts'
import { openTestStorage, type TestPlace, type TestStorage } from '../../testing/storage.fixture.ts'
import { putObject, type NewObject } from './put-object.ts'
import { findObject } from './read-object.ts'

const never = new AbortController().signal

describe('a named object', () => {
  let storage: TestStorage
  let place: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    place = await storage.addPlace()
  })
  afterAll(() => storage.close())

  const put = (bytes: Buffer, change: Partial<NewObject> = {}) =>
    putObject(storage)(
      { bucket: 'config', name: 'ai/settings.json', contentType: 'application/json', ...change },
      streamOf(bytes),
      never,
    )

  it('leaves nothing behind that was refused, or whose place was taken', async () => {
    const [first, second] = [someBytes(10), someBytes(20)]
    const { etag } = await put(first, { ifNoneMatch: '*' })
    await expect(put(second, { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'storage.object.changed' })
    const before = await findObject(storage)('config', 'ai/settings.json')
    // Two who have read the same version: one of them is told.
    const outcomes = await Promise.allSettled([put(second, { ifMatch: etag }), put(second, { ifMatch: etag })])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await discardBlob(storage)(before.id)
    const now = await findObject(storage)('config', 'ai/settings.json')
    expect((await readBytes(place.driver, now.key as ObjectKey)).equals(second)).toBe(true)
    expect([await place.keys(), await storage.db.objectIntent.count()]).toEqual([[now.key], 0])
  })
})
