import type { Readable } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBytes, sha256, someBytes, streamOf } from '../drivers/contract/harness.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import { mintObjectKey, toObjectKey } from '../drivers/object-key.ts'
import { sweepIntents } from '../garbage/object-intent.ts'
import { ADA, openTestStorage, type TestPlace, type TestStorage } from '../testing/storage.fixture.ts'
import { createTickets } from './ticket.ts'
import { beginUpload } from './usecases/begin-upload.ts'
import { completeUpload } from './usecases/complete-upload.ts'
import { receiveUpload } from './usecases/receive-upload.ts'

const never = new AbortController().signal

/** Each of these has cost someone files, in one vault or another. */
describe('what went wrong elsewhere', () => {
  let storage: TestStorage
  let place: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    place = await storage.addPlace()
  })
  afterAll(() => storage.close())

  const begin = async (size: number) => {
    const id = uuidv7()
    const file = { filename: 'a.bin', contentType: 'text/plain', size, sha256: null }
    const person = { ownerId: ADA, groups: null, requestId: null }
    const tickets = createTickets(Buffer.alloc(32), storage.now)
    const deps = { ...storage, tickets, quotaDefault: null, tellRefusal: async () => {} }
    await beginUpload(deps)({ id, documentId: id, ...person, ...file })
    return id
  }
  const receive = (id: string, body: Readable, announcedLength: number | null = null) =>
    receiveUpload(storage)(id, { body, announcedLength, signal: never })
  const complete = (id: string) => completeUpload(storage)(id, ADA)
  const reserved = async () => (await storage.db.quotaAccount.findUniqueOrThrow({ where: { userId: ADA } })).reserved

  it('an interrupted upload was refused, and yet its first half became the file', async () => {
    const id = await begin(100)
    const before = await place.keys()
    const half = streamOf(someBytes(50))
    half.once('end', () => half.destroy(new Error('connection lost')))
    await expect(receive(id, half)).rejects.toThrow()
    await expect(complete(id)).rejects.toMatchObject({ code: 'storage.upload.incomplete' })
    expect(await place.keys()).toEqual(before)
    const whole = someBytes(100)
    await receive(id, streamOf(whole), 100)
    expect(await complete(id)).toMatchObject({ size: 100, sha256: sha256(whole) })
  })

  it('an upload was said to be stored, and its bytes were lost before anyone looked', async () => {
    const id = await begin(10)
    await receive(id, streamOf(someBytes(10)))
    const { key } = await storage.db.upload.findUniqueOrThrow({ where: { id } })
    await place.driver.delete(toObjectKey(key!))
    await expect(complete(id)).rejects.toMatchObject({ code: 'storage.upload.mismatch' })
    expect(await storage.db.blob.count({ where: { key: key! } })).toBe(0)
  })

  it('a copy failed, the failure was swallowed, and the client was told that all is well', async () => {
    const id = await begin(10)
    const arrived = mintObjectKey(ADA, id, 'a.bin')
    await place.driver.put(arrived, streamOf(someBytes(10)))
    // As if the client had sent the bytes straight to the place, at an address that it could use once more.
    await storage.db.upload.update({ where: { id }, data: { direct: true, key: arrived } })
    const { copy } = place.driver
    place.driver.copy = async () => {
      throw new BackendUnavailable('The disk is full.')
    }
    await expect(complete(id)).rejects.toThrow('The disk is full.')
    place.driver.copy = copy
    const { blobId } = await complete(id)
    const blob = await storage.db.blob.findUniqueOrThrow({ where: { id: blobId } })
    expect(blob.key).not.toBe(arrived)
    // The address works on until it expires, and what it brings then is nobody's.
    await place.driver.put(arrived, streamOf(someBytes(10)))
    storage.pass(13 * 3_600_000)
    await sweepIntents(storage)(never)
    expect([await place.driver.stat(arrived), (await place.driver.stat(toObjectKey(blob.key)))?.size]).toEqual([
      null,
      10,
    ])
  })

  it('of thousands of files dropped at once a tenth arrived', { timeout: 60_000 }, async () => {
    const files = Array.from({ length: 300 }, (_, at) => Buffer.concat([Buffer.from(`${at} `), someBytes(20)]))
    const stored = await Promise.all(
      files.map(async (bytes) => {
        const id = await begin(bytes.length)
        await receive(id, streamOf(bytes), bytes.length)
        return complete(id)
      }),
    )
    expect(new Set(stored.map(({ blobId }) => blobId)).size).toBe(files.length)
    const blobs = await storage.db.blob.findMany({ where: { id: { in: stored.map(({ blobId }) => blobId) } } })
    const byHash = new Map(blobs.map((blob) => [blob.sha256, blob]))
    for (const bytes of files) {
      const blob = byHash.get(sha256(bytes))
      expect((await readBytes(place.driver, toObjectKey(blob!.key))).equals(bytes)).toBe(true)
    }
    expect(await storage.db.objectIntent.count()).toBe(0)
    expect(await reserved()).toBe(10n)
  })
})
