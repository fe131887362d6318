import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import { putBytes, readBytes, sha256, someBytes, streamOf } from '../drivers/contract/harness.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import { mintObjectKey } from '../drivers/object-key.ts'
import { ADA, openTestStorage, type TestPlace, type TestStorage } from '../testing/storage.fixture.ts'
import { leaveToSweep, publishing, sweepIntents } from './object-intent.ts'

const MINUTE = 60_000
const never = new AbortController().signal

describe('object intents', () => {
  let storage: TestStorage
  let place: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    place = await storage.addPlace()
  })
  afterAll(() => storage.close())

  const newPlace = () => ({ backendId: place.id, key: mintObjectKey(ADA, uuidv7(), 'a.bin') })
  const intents = () => storage.db.objectIntent.count()
  const sweep = () => sweepIntents(storage)(never)
  const bytes = someBytes(100)
  /** The row that speaks for an object. */
  const recordBlob = (key: string) => ({
    data: {
      key,
      ownerId: ADA,
      documentId: uuidv7(),
      filename: 'a.bin',
      contentType: 'application/octet-stream',
      size: bytes.length,
      sha256: sha256(bytes),
      replicas: { create: { backendId: place.id, state: 'VERIFIED' as const } },
    },
  })
  /** An attempt that stops for ever once its bytes lie there, as that of a killed process. */
  const die = async (at: ReturnType<typeof newPlace>) => {
    const { promise: written, resolve } = Promise.withResolvers<void>()
    void publishing(storage)(at, async ({ driver }) => {
      await putBytes(driver, bytes, at.key)
      resolve()
      await new Promise(() => {})
    })
    await written
  }

  it('are gone once a row speaks for the object', async () => {
    const at = newPlace()
    await publishing(storage)(at, async ({ driver, settle }) => {
      expect(await intents()).toBe(1)
      await putBytes(driver, bytes, at.key)
      await storage.db.$transaction(async (tx) => {
        await settle(tx)
        await tx.blob.create(recordBlob(at.key))
      })
    })
    expect(await intents()).toBe(0)
    storage.pass(10 * MINUTE)
    expect(await sweep()).toBe(0)
    expect((await readBytes(place.driver, at.key)).equals(bytes)).toBe(true)
  })

  it('let a sweep delete what a dead attempt has left, and leave a living one alone', async () => {
    const at = newPlace()
    await die(at)
    expect(await sweep()).toBe(0)
    expect(await place.keys()).toContain(at.key)
    storage.pass(2 * MINUTE)
    expect(await Promise.all([sweep(), sweep()])).toEqual(expect.arrayContaining([1, 0]))
    expect(await place.keys()).not.toContain(at.key)
    expect(await intents()).toBe(0)
  })

  it('let a failed attempt leave nothing, neither bytes nor intent', async () => {
    const at = newPlace()
    const failure = new Error('the hash is another')
    await expect(
      publishing(storage)(at, async ({ driver }) => {
        await putBytes(driver, bytes, at.key)
        throw failure
      }),
    ).rejects.toBe(failure)
    expect([await place.driver.stat(at.key), await intents()]).toEqual([null, 0])
  })

  it('keep an attempt that was taken for dead from recording what a sweep has deleted', async () => {
    const at = newPlace()
    const attempt = publishing(storage)(at, async ({ driver, settle }) => {
      await putBytes(driver, bytes, at.key)
      storage.pass(2 * MINUTE)
      expect(await sweep()).toBe(1)
      // A slow service may finish a write only now.
      await putBytes(driver, bytes, at.key)
      await storage.db.$transaction(async (tx) => {
        await settle(tx)
        await tx.blob.create(recordBlob(at.key))
      })
    })
    await expect(attempt).rejects.toMatchObject({ code: 'storage.intent_lost' })
    expect(await storage.db.blob.count({ where: { key: at.key } })).toBe(0)
    expect([await place.driver.stat(at.key), await intents()]).toEqual([null, 0])
  })

  it('keep an object whose recording succeeded although the answer was lost', async () => {
    const at = newPlace()
    const attempt = publishing(storage)(at, async ({ driver, settle }) => {
      await putBytes(driver, bytes, at.key)
      await storage.db.$transaction(async (tx) => {
        await settle(tx)
        await tx.blob.create(recordBlob(at.key))
      })
      throw new Error('the connection was lost after the commit')
    })
    await expect(attempt).rejects.toThrow('after the commit')
    expect((await readBytes(place.driver, at.key)).equals(bytes)).toBe(true)
    expect(await intents()).toBe(0)
  })

  it('let one attempt at a time publish an object, and the next begin on empty ground', async () => {
    const at = newPlace()
    await die(at)
    const again = () =>
      publishing(storage)(at, async ({ driver, settle }) => {
        await driver.put(at.key, streamOf(bytes), { size: bytes.length })
        await storage.db.$transaction(async (tx) => {
          await settle(tx)
          await tx.blob.create(recordBlob(at.key))
        })
      })
    await expect(again()).rejects.toMatchObject({ code: 'storage.object_busy' })
    storage.pass(2 * MINUTE)
    await again()
    expect((await readBytes(place.driver, at.key)).equals(bytes)).toBe(true)
    expect(await intents()).toBe(0)
  })

  it('are kept while their place cannot be reached, and swept when it is back', async () => {
    const at = newPlace()
    await die(at)
    storage.pass(2 * MINUTE)
    const { delete: remove } = place.driver
    place.driver.delete = async () => {
      throw new BackendUnavailable('It does not answer.')
    }
    expect(await sweep()).toBe(0)
    expect(await intents()).toBe(1)
    place.driver.delete = remove
    storage.pass(1)
    expect(await sweep()).toBe(1)
  })

  it('have bytes deleted that may come later than the row that spoke for them went', async () => {
    const at = newPlace()
    const after = new Date(storage.now() + 10 * MINUTE)
    await storage.db.$transaction((tx) => leaveToSweep(tx, at, after))
    expect(await sweep()).toBe(0)
    await putBytes(place.driver, bytes, at.key)
    storage.pass(11 * MINUTE)
    expect(await sweep()).toBe(1)
    expect(await place.driver.stat(at.key)).toBeNull()
  })

  it('never take away what a verified replica stands for, whatever a row of theirs says', async () => {
    const blob = await storage.addBlob([place], bytes)
    await storage.db.$transaction((tx) => leaveToSweep(tx, { backendId: place.id, key: blob.key }))
    expect(await sweep()).toBe(0)
    expect((await readBytes(place.driver, blob.key)).equals(bytes)).toBe(true)
    expect(await intents()).toBe(0)
  })
})
