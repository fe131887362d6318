import { setImmediate as turn } from 'node:timers/promises'
import { PassThrough, type Readable } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256, someBytes, stalledStream, streamOf } from '../../drivers/contract/harness.ts'
import { sweepIntents } from '../../garbage/object-intent.ts'
import { ADA, openTestStorage, type TestPlace, type TestStorage } from '../../testing/storage.fixture.ts'
import { createTickets } from '../ticket.ts'
import { abortUpload } from './abort-upload.ts'
import { beginUpload } from './begin-upload.ts'
import { completeUpload } from './complete-upload.ts'
import { receivePart } from './receive-part.ts'
import { receiveUpload } from './receive-upload.ts'

const MINUTE = 60_000
const MIB = 1024 ** 2
const never = new AbortController().signal

describe('receiving the bytes of an upload', () => {
  let storage: TestStorage
  let place: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    place = await storage.addPlace()
  })
  afterAll(() => storage.close())

  const begin = async (size: number) => {
    const id = uuidv7()
    const tickets = createTickets(Buffer.alloc(32), storage.now)
    const file = { filename: 'a.bin', contentType: 'text/plain', size, sha256: null }
    const person = { ownerId: ADA, groups: null, requestId: null }
    const deps = { ...storage, tickets, quotaDefault: null, tellRefusal: async () => {} }
    await beginUpload(deps)({ id, documentId: id, ...person, ...file })
    return id
  }
  const incoming = (body: Readable, signal = never) => ({ body, announcedLength: null, signal })
  const receive = (id: string, body: Readable, signal = never) => receiveUpload(storage)(id, incoming(body, signal))
  const complete = (id: string) => completeUpload(storage)(id, ADA)
  const sweep = () => sweepIntents(storage)(never)
  /** An attempt that gets no further than its last byte, as that of a process killed before it wrote down what it had. */
  const dieAfterWriting = async (attempt: () => Promise<unknown>): Promise<void> => {
    const { put } = place.driver
    const { promise: written, resolve } = Promise.withResolvers<void>()
    place.driver.put = async (key, body, options) => {
      await put(key, body, options)
      resolve()
      return new Promise(() => {})
    }
    void attempt()
    await written
    place.driver.put = put
  }

  it('survives a sender that leaves between two steps, when nobody reads its bytes yet', async () => {
    const id = await begin(10)
    const sender = new PassThrough()
    const { put } = place.driver
    place.driver.put = async (key, body, options) => {
      sender.destroy(new Error('aborted'))
      // The stream fails while the place is still looked at; an error that nobody hears would end the process.
      await turn()
      await turn()
      return put(key, body, options)
    }
    await expect(receive(id, sender)).rejects.toThrow()
    place.driver.put = put
    expect(await place.keys()).toEqual([])
    const bytes = someBytes(10)
    expect(await receive(id, streamOf(bytes))).toEqual({ size: 10, sha256: sha256(bytes) })
  })

  it('leaves no bytes that nobody knows when a process dies before it has written down what it had', async () => {
    const before = await place.keys()
    const bytes = someBytes(10)
    const id = await begin(10)
    await dieAfterWriting(() => receive(id, streamOf(bytes)))
    storage.pass(MINUTE / 2 + 1)
    // The dead attempt's key is in no row of an upload any more.
    await receive(id, streamOf(bytes))
    const { blobId } = await complete(id)
    expect(await place.keys()).toHaveLength(before.length + 2)
    storage.pass(MINUTE)
    expect(await sweep()).toBe(1)
    const { key } = await storage.db.blob.findUniqueOrThrow({ where: { id: blobId } })
    expect(new Set(await place.keys())).toEqual(new Set([...before, key]))
  })

  it('leaves nothing of an attempt that goes on while its upload is aborted', async () => {
    const before = await place.keys()
    const id = await begin(10)
    const gone = new AbortController()
    const attempt = receive(id, stalledStream(someBytes(5)), gone.signal)
    await expect.poll(() => storage.db.objectIntent.count()).toBe(1)
    await abortUpload(storage)(id, ADA)
    gone.abort(new Error('the sender went away'))
    await expect(attempt).rejects.toThrow()
    expect([await place.keys(), await storage.db.objectIntent.count()]).toEqual([before, 0])
  })

  it('leaves no part that was sent twice, or that a dying process took in', async () => {
    const before = await place.keys()
    const id = await begin(64 * MIB + 1)
    const part = (number: number, bytes: Buffer) => receivePart(storage)(id, number, incoming(streamOf(bytes)))
    const bytes = someBytes(1)
    await part(3, bytes)
    await part(3, bytes)
    await dieAfterWriting(() => part(3, bytes))
    storage.pass(2 * MINUTE)
    expect(await sweep()).toBe(2)
    const { key } = await storage.db.uploadPart.findFirstOrThrow({ where: { uploadId: id } })
    expect(new Set(await place.keys())).toEqual(new Set([...before, key]))
  })
})
