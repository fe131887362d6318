import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import { putBytes, readBytes, someBytes } from '../drivers/contract/harness.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import { mintObjectKey, toObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import { discardBlob } from '../blobs/usecases/discard-blob.ts'
import { sweepUploads } from '../uploads/usecases/sweep-uploads.ts'
import { ADA, openTestStorage, type TestPlace, type TestStorage } from '../testing/storage.fixture.ts'
import { garbageOf, quarantine } from './quarantine.ts'
import { approveDeletion } from './usecases/approve-deletion.ts'
import { deleteQuarantined } from './usecases/delete-quarantined.ts'
import { sweepLeftovers } from './usecases/sweep-leftovers.ts'

const DAY = 86_400_000
const never = new AbortController().signal

describe('garbage', () => {
  let storage: TestStorage
  let place: TestPlace
  let other: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    place = await storage.addPlace()
    other = await storage.addPlace()
  })
  beforeEach(() => storage.db.quarantinedObject.deleteMany())
  afterAll(() => storage.close())

  const remove = () => deleteQuarantined(storage)(never)
  const unreachable = async () => {
    throw new BackendUnavailable('It does not answer.')
  }
  const newKey = () => mintObjectKey(ADA, uuidv7(), 'a.bin')
  /** Bytes without a row, found by a scan that keeps them for a week. */
  const orphans = async (count: number): Promise<ObjectKey[]> => {
    const keys = Array.from({ length: count }, newKey)
    for (const key of keys) await putBytes(place.driver, someBytes(1), key)
    const objects = keys.map((key) => ({ backendId: place.id, key, size: 1n, reason: 'ORPHAN' as const }))
    await quarantine(storage.db, objects, new Date(storage.now()), 7 * DAY)
    return keys
  }

  it('is kept until it is old enough, and then deleted', async () => {
    const [key] = (await orphans(1)) as [ObjectKey]
    storage.pass(7 * DAY - 1)
    expect(await remove()).toBe(0)
    expect(await place.driver.stat(key)).not.toBeNull()
    storage.pass(1)
    expect(await remove()).toBe(1)
    expect([await place.driver.stat(key), await storage.db.quarantinedObject.count()]).toEqual([null, 0])
  })

  it('stays when a row speaks of it after all', async () => {
    const blob = await storage.addBlob([place])
    const { id: backendId } = place
    await quarantine(storage.db, [{ backendId, key: blob.key, size: 1n, reason: 'ORPHAN' }], new Date(0), 0)
    expect(await remove()).toBe(0)
    expect(await place.driver.stat(blob.key)).not.toBeNull()
    expect(await storage.db.quarantinedObject.count()).toBe(0)
  })

  it('is not deleted without a word when it is a large share of its place', async () => {
    const keys = await orphans(101)
    storage.pass(7 * DAY)
    expect(await remove()).toBe(0)
    const [garbage] = await garbageOf(storage.db, new Date(storage.now()))
    expect(garbage).toMatchObject({ backendId: place.id, objects: 101, bytes: 101n, due: 101, held: true })

    const word = { backendId: place.id, actorId: ADA, requestId: null }
    await expect(approveDeletion(storage)({ ...word, objects: 100 })).rejects.toMatchObject({
      code: 'storage.garbage.changed',
    })
    expect(await remove()).toBe(0)
    await approveDeletion(storage)({ ...word, objects: 101 })
    expect(await storage.db.outbox.count({ where: { name: 'record-audit' } })).toBe(1)
    expect(await remove()).toBe(101)
    expect(await place.keys()).not.toEqual(expect.arrayContaining([keys[0]]))
  })

  it('of purged files goes, even while found bytes wait for a word', async () => {
    await orphans(101)
    storage.pass(7 * DAY)
    const blob = await storage.addBlob([place])
    const { delete: deleteNow } = place.driver
    place.driver.delete = unreachable
    await discardBlob(storage)(blob.id)
    place.driver.delete = deleteNow
    expect(await place.driver.stat(blob.key)).not.toBeNull()
    expect(await remove()).toBe(1)
    expect(await place.driver.stat(blob.key)).toBeNull()
  })

  describe('a purged blob', () => {
    const used = async () => (await storage.db.quotaAccount.findUnique({ where: { userId: ADA } }))?.used ?? 0n

    it('ends its rows, its room and its bytes at every place; again is nothing', async () => {
      const before = await used()
      const blob = await storage.addBlob([place, other])
      expect(await used()).toBe(before + blob.size)
      await Promise.all([discardBlob(storage)(blob.id), discardBlob(storage)(blob.id)])
      await discardBlob(storage)(blob.id)
      await discardBlob(storage)(uuidv7())
      expect(await used()).toBe(before)
      expect(await storage.db.blob.count({ where: { id: blob.id } })).toBe(0)
      for (const { driver } of [place, other]) expect(await driver.stat(blob.key)).toBeNull()
      expect(await storage.db.quarantinedObject.count()).toBe(0)
    })

    it('takes its upload along, and what is left of its parts', async () => {
      const blob = await storage.addBlob([place])
      const upload = (size: bigint) => ({
        id: uuidv7(),
        documentId: blob.documentId,
        ownerId: ADA,
        backendId: place.id,
        filename: 'a.bin',
        contentType: 'text/plain',
        declaredSize: size,
        state: 'COMMITTED' as const,
        blobId: blob.id,
        key: blob.key,
        expiresAt: new Date(storage.now()),
      })
      const part = await putBytes(place.driver, someBytes(5), newKey())
      const { id } = await storage.db.upload.create({
        data: { ...upload(blob.size), parts: { create: { number: 1, key: part, size: 5 } } },
      })
      await discardBlob(storage)(blob.id)
      expect(await storage.db.upload.findUnique({ where: { id } })).toMatchObject({ state: 'ABORTED', blobId: null })
      await sweepUploads(storage)(never)
      storage.pass(8 * DAY)
      await sweepUploads(storage)(never)
      expect([await place.driver.stat(part), await storage.db.upload.count({ where: { id } })]).toEqual([null, 0])
    })

    it('leaves bytes aside where a place is away, and they go when it is back', async () => {
      const blob = await storage.addBlob([place, other])
      const { delete: deleteNow } = other.driver
      other.driver.delete = unreachable
      await discardBlob(storage)(blob.id)
      expect(await place.driver.stat(blob.key)).toBeNull()
      expect(await storage.db.quarantinedObject.findMany()).toMatchObject([{ key: blob.key, reason: 'PURGED' }])
      other.driver.delete = deleteNow
      expect(await remove()).toBe(1)
      expect(await other.driver.stat(blob.key)).toBeNull()
    })

    it('takes along the object of a replica that has a name of its own', async () => {
      const blob = await storage.addBlob([place])
      const key = newKey()
      await putBytes(other.driver, await readBytes(place.driver, blob.key), key)
      await storage.db.replica.create({ data: { blobId: blob.id, backendId: other.id, key, state: 'VERIFIED' } })
      await discardBlob(storage)(blob.id)
      expect([await place.driver.stat(blob.key), await other.driver.stat(key)]).toEqual([null, null])
    })
  })

  it('inside places is swept where they can be reached, by their age', async () => {
    const asked: Date[] = []
    place.driver.sweep = unreachable
    other.driver.sweep = async (before) => (asked.push(before), 3)
    expect(await sweepLeftovers(storage)(never)).toBe(3)
    expect(asked).toEqual([new Date(storage.now() - DAY)])
  })

  it('of probes that died is swept, a living probe is left alone', async () => {
    const canary = (ageMs: number) => toObjectKey(`canary/${uuidv7({ msecs: storage.now() - ageMs })}`)
    const [old, young] = [canary(DAY + 1), canary(DAY - 1)]
    for (const key of [old, young]) await putBytes(place.driver, someBytes(10), key)
    await sweepLeftovers(storage)(never)
    expect([await place.driver.stat(old), (await place.driver.stat(young))?.size]).toEqual([null, 10])
  })
})
