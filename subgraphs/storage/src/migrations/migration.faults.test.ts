import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBlob } from '../blobs/usecases/open-blob.ts'
import { discardBlob } from '../blobs/usecases/discard-blob.ts'
import { putBytes, readBytes, sha256, someBytes } from '../drivers/contract/harness.ts'
import { AccessDenied, BackendUnavailable, ObjectNotFound, QuotaExceeded } from '../drivers/driver.errors.ts'
import type { StorageDriver, StoredObject } from '../drivers/driver.ts'
import { toObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import { sweepIntents } from '../garbage/object-intent.ts'
import type { TestPlace } from '../testing/storage.fixture.ts'
import { claimItems } from './engine/claim.ts'
import { reclaimItems, renewLeases } from './engine/leases.ts'
import { record } from './engine/ledger.ts'
import { planStep } from './engine/plan.ts'
import { openTestMigrations, type TestMigrations } from './migration.fixture.ts'

const never = new AbortController().signal
const SIGN = {
  workerId: '018f0000-0000-7000-8000-0000000000aa',
  movingItems: 0,
  movingBytes: 0,
  atOnce: 1,
  copiedBytes: 0,
  doneItems: 0,
}

/** Takes all bytes, and keeps others. */
async function putOther(put: StorageDriver['put'], key: ObjectKey, body: Readable): Promise<StoredObject> {
  await Array.fromAsync(body as AsyncIterable<Buffer>)
  return put(key, Readable.from([someBytes(1000)]))
}

describe('a migration among faults', () => {
  let vault: TestMigrations
  let old: TestPlace
  let target: TestPlace
  beforeAll(async () => {
    vault = await openTestMigrations()
    old = await vault.addPlace('old')
    target = await vault.addPlace('target')
  })
  afterEach(() => vault.clear([old, target]))
  afterAll(() => vault.close())

  const addBlobs = async (count: number) => {
    const blobs = []
    for (let made = 0; made < count; made++) blobs.push(await vault.addBlob([old]))
    return blobs
  }
  const corrupt = async ({ driver }: TestPlace, key: ObjectKey, bytes = someBytes(1000)) => {
    await driver.delete(key)
    await putBytes(driver, bytes, key)
  }
  const failures = (id: string) => vault.db.migrationItem.findMany({ where: { migrationId: id, state: 'FAILED' } })
  /** All are there, and everything at the target that is not spoken for has an intent that a sweep follows. */
  const expectWhole = async (id: string, count: number) => {
    expect(await vault.proof()).toEqual(
      new Map([
        [old.id, count],
        [target.id, count],
      ]),
    )
    await vault.sumsAgree(id)
    vault.pass(3_600_000)
    await sweepIntents(vault)(never)
    expect(await target.keys(), 'nothing is left behind').toHaveLength(count)
    expect(await vault.db.objectIntent.count()).toBe(0)
  }
  const run = async (): Promise<string> => {
    const { id } = await vault.start(target)
    vault.work()
    await vault.until(id, 'READY_TO_FINISH')
    return id
  }

  describe('of the source', () => {
    it.for([
      ['other bytes', someBytes(1000)],
      ['fewer bytes', someBytes(999)],
      ['no bytes', Buffer.alloc(0)],
    ] as const)('rot is told and never spread: %s', async ([, bytes]) => {
      const [blob] = await addBlobs(3)
      if (!blob) throw new Error('no blob')
      await corrupt(old, blob.key, bytes)
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'FAILED')
      expect(await failures(id)).toMatchObject([
        { blobId: blob.id, reasonCode: 'storage.migration.source_rotten', reason: expect.stringContaining('SHA-256') },
      ])
      expect(await vault.db.replica.count({ where: { blobId: blob.id, backendId: target.id } })).toBe(0)
      vault.pass(3_600_000)
      await sweepIntents(vault)(never)
      expect(await target.keys()).toHaveLength(2)
      // Mended, and tried again by someone's word.
      const good = await vault.addBlob([old])
      await vault.db.blob.update({
        where: { id: blob.id },
        data: { sha256: sha256(await readBytes(old.driver, blob.key)), size: bytes.length },
      })
      await vault.retry(id)
      await vault.until(id, 'READY_TO_FINISH')
      expect(
        await vault.db.replica.count({ where: { backendId: target.id, blobId: { in: [blob.id, good.id] } } }),
      ).toBe(2)
    })

    it('a rotten copy does not matter where another place has a good one', async () => {
      const third = await vault.addPlace()
      const blob = await vault.addBlob([old, third])
      await corrupt(old, blob.key)
      const id = await run()
      expect(await failures(id)).toEqual([])
      expect(sha256(await readBytes(target.driver, toObjectKey((await target.keys())[0] ?? '')))).toBe(blob.sha256)
      await vault.db.blob.deleteMany()
    })

    it('a file that is missing is listed, not skipped silently', async () => {
      const [blob] = await addBlobs(3)
      await old.driver.delete(toObjectKey(blob?.key ?? ''))
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'FAILED')
      expect(await failures(id)).toMatchObject([{ blobId: blob?.id, reasonCode: 'storage.migration.source_missing' }])
      await expect(vault.finish(id)).rejects.toMatchObject({ code: 'storage.migration.unverified' })
    })

    it('a stream that breaks off is read again', async () => {
      await addBlobs(5)
      let broken = 3
      vault.meddle(old, ({ get }) => ({
        async get(key, options) {
          const stream = await get(key, options)
          if (!key.includes('/') || broken-- <= 0) return stream
          return Readable.from(
            (async function* () {
              yield Buffer.from('a few bytes')
              throw new BackendUnavailable('The connection broke.')
            })(),
            { objectMode: false },
          )
        },
      }))
      await expectWhole(await run(), 5)
    })
  })

  describe('of the target', () => {
    it('an interrupted write that is kept as a shorter object is never taken for the file', async () => {
      await addBlobs(10)
      let lying = 4
      vault.meddle(target, ({ put }) => ({
        async put(key, body, options) {
          if (options?.size !== 1000 || lying-- <= 0) return put(key, body, options)
          const bytes = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Buffer>))
          await put(key, Readable.from([bytes.subarray(0, 300)]))
          return { key, size: bytes.length }
        },
      }))
      const id = await run()
      expect((await vault.tally(id)).retries).toBeGreaterThanOrEqual(3)
      await expectWhole(id, 10)
    })

    it('wrong bytes with a friendly answer are found, taken away and written again', async () => {
      await addBlobs(10)
      let lying = 4
      vault.meddle(target, ({ put }) => ({
        put: async (key, body, options) =>
          options?.size === 1000 && lying-- > 0 ? putOther(put, key, body) : put(key, body, options),
      }))
      await expectWhole(await run(), 10)
    })

    it('a place that lies without end gives failures with their reason, and nothing is finished', async () => {
      await addBlobs(2)
      vault.meddle(target, ({ put }) => ({
        put: async (key, body, options) =>
          options?.size === 1000 ? putOther(put, key, body) : put(key, body, options),
      }))
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'FAILED')
      expect(await failures(id)).toMatchObject([
        { reasonCode: 'storage.migration.wrong_bytes', attempts: 8 },
        { reasonCode: 'storage.migration.wrong_bytes', attempts: 8 },
      ])
      expect((await vault.proof()).get(target.id)).toBeUndefined()
    })

    it('a swallowed write is not believed', async () => {
      await addBlobs(3)
      let swallowed = 2
      vault.meddle(target, ({ put }) => ({
        async put(key, body, options) {
          if (options?.size !== 1000 || swallowed-- <= 0) return put(key, body, options)
          body.resume()
          return { key, size: 1000 }
        },
      }))
      await expectWhole(await run(), 3)
    })

    it('an object that is seen only after a while is waited for', async () => {
      await addBlobs(3)
      const seen = new Map<string, number>()
      vault.meddle(target, ({ get }) => ({
        async get(key, options) {
          const asked = (seen.get(key) ?? 0) + 1
          seen.set(key, asked)
          if (key.includes('/') && !key.startsWith('canary') && asked < 3) throw new ObjectNotFound(key)
          return get(key, options)
        },
      }))
      const id = await run()
      expect((await vault.tally(id)).retries, 'waiting is no failure').toBe(0)
      await expectWhole(id, 3)
    })

    it.for([
      ['is too busy', () => new BackendUnavailable('The storage is too busy. Try again later.')],
      ['refuses the keys', () => new AccessDenied('The storage does not know this access key.')],
      ['is full', () => new QuotaExceeded('The storage is full.')],
    ] as const)('that %s: the problem is told, no file is blamed, and it goes on by itself', async ([, error]) => {
      await addBlobs(20)
      const { id } = await vault.start(target)
      let well = false
      vault.meddle(target, ({ put }) => ({
        async put(key, body, options) {
          if (well) return put(key, body, options)
          body.destroy()
          throw error()
        },
      }))
      vault.work()
      await expect
        .poll(async () => (await vault.db.migration.findFirst())?.problem, { timeout: 15_000 })
        .toBe(error().message)
      vault.pass(3 * 86_400_000)
      expect((await vault.tally(id)).failed.items).toBe(0)
      well = true
      await vault.until(id, 'READY_TO_FINISH')
      expect(await vault.db.migration.findFirst()).toMatchObject({ problem: null })
      await expectWhole(id, 20)
    })

    it('a single object that a working place refuses does not hold up the rest for ever', async () => {
      const [blob] = await addBlobs(5)
      vault.meddle(old, ({ get }) => ({
        get: async (key, options) => {
          if (key === blob?.key) throw new AccessDenied('This object may not be read.')
          return get(key, options)
        },
      }))
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'FAILED')
      expect(await failures(id)).toMatchObject([{ blobId: blob?.id, reasonCode: 'storage.access_denied', attempts: 8 }])
      expect((await vault.tally(id)).done.items).toBe(4)
    })

    it('a target whose disk was unmounted, an empty folder in its place, gets nothing', async () => {
      await addBlobs(5)
      const { id } = await vault.start(target)
      vault.meddle(target, () => ({
        put: async (_key, body) => {
          body.destroy()
          throw new BackendUnavailable('This place does not carry the mark of this vault any more.')
        },
        stat: async () => null,
      }))
      vault.work()
      await expect.poll(async () => String((await vault.db.migration.findFirst())?.problem)).toContain('mark')
      expect((await vault.tally(id)).failed.items).toBe(0)
      expect((await vault.proof()).get(old.id)).toBe(5)
    })
  })

  describe('of the workers', () => {
    const plan = async (id: string) => {
      while ((await planStep(vault.db, id, vault.now(), 100)) === 'more');
    }
    const claim = async (id: string, leaseMs = 60_000) => {
      const migration = await vault.db.migration.findUniqueOrThrow({ where: { id } })
      const { claims } = await claimItems(vault.db, migration, {
        large: false,
        most: 100,
        after: null,
        now: vault.now(),
        leaseMs,
      })
      return { migration, claims }
    }
    const asDone = (claims: readonly { blobId: string; token: string }[]) =>
      claims.map(({ blobId, token }) => ({ blobId, token, kind: 'done' as const }))

    it('two share a run, and nothing is copied twice to its end', async () => {
      await addBlobs(100)
      let written = 0
      vault.meddle(target, ({ put }) => ({
        put: (key, body, options) => (options?.size === 1000 && written++, put(key, body, options)),
      }))
      const { id } = await vault.start(target)
      const workers = [vault.work(), vault.work({ claimBatch: 8 }), vault.work({ claimBatch: 4 })]
      await vault.until(id, 'READY_TO_FINISH')
      expect(written).toBe(100)
      for (const worker of workers) await worker.close()
      await expectWhole(id, 100)
    })

    it('what a killed one had under way is taken over when its lease is over', async () => {
      await addBlobs(10)
      const { id } = await vault.start(target)
      await plan(id)
      const { claims } = await claim(id)
      expect(claims).toHaveLength(10)
      // It died over one that it had written in part, and one that it had written whole.
      for (const { cargo } of claims.slice(0, 2))
        if (cargo) await putBytes(target.driver, someBytes(500), cargo.target.key)
      vault.work()
      vault.pass(59_000)
      expect((await vault.tally(id)).copying.items).toBe(10)
      vault.pass(2000)
      await vault.until(id, 'READY_TO_FINISH')
      expect((await vault.tally(id)).retries).toBe(10)
      await expectWhole(id, 10)
    })

    it('one that was taken for dead can record nothing any more', async () => {
      await addBlobs(5)
      const { id } = await vault.start(target)
      await plan(id)
      const { migration, claims } = await claim(id)
      for (const { cargo } of claims) if (cargo) await putBytes(target.driver, someBytes(1000), cargo.target.key)
      vault.pass(61_000)
      expect(await reclaimItems(vault.db, migration, { now: vault.now(), attempts: 8 })).toBe(5)
      expect((await renewLeases(vault.db, migration, claims, new Date(vault.now() + 60_000))).size).toBe(0)
      expect((await record(vault.db, migration, asDone(claims), SIGN, vault.now())).size).toBe(0)
      expect(await vault.db.replica.count({ where: { backendId: target.id } })).toBe(0)
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await expectWhole(id, 5)
    })

    it('an object that a sweep took away meanwhile does not count as there', async () => {
      await addBlobs(1)
      const { id } = await vault.start(target)
      await plan(id)
      const { migration, claims } = await claim(id)
      await vault.db.objectIntent.deleteMany()
      expect((await record(vault.db, migration, asDone(claims), SIGN, vault.now())).size).toBe(0)
      expect(await vault.db.replica.count({ where: { backendId: target.id } })).toBe(0)
    })

    it('a file that kills its workers ends as a failure, not as an endless loop', async () => {
      await addBlobs(1)
      const { id } = await vault.start(target)
      await plan(id)
      for (let death = 0; death < 8; death++) {
        const { migration } = await claim(id)
        vault.pass(61_000)
        await reclaimItems(vault.db, migration, { now: vault.now(), attempts: 8 })
      }
      expect(await failures(id)).toMatchObject([{ reasonCode: 'storage.migration.worker_lost', attempts: 8 }])
      await vault.sumsAgree(id)
    })

    it('one that shuts down gives back what it had, and nobody is blamed', async () => {
      await addBlobs(50)
      const { id } = await vault.start(target, { concurrency: 1 })
      const worker = vault.work()
      await vault.untilTally(id, ({ done }) => done.items > 3)
      await worker.close()
      expect(await vault.tally(id)).toMatchObject({ copying: { items: 0 }, verifying: { items: 0 }, retries: 0 })
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await expectWhole(id, 50)
    })
  })

  describe('of the people', () => {
    it('a file that is purged while it is moved ends its item, and leaves no bytes', async () => {
      const blobs = await addBlobs(10)
      const { id } = await vault.start(target)
      const purged = new Set<string>()
      vault.meddle(target, ({ put }) => ({
        async put(key, body, options) {
          const stored = await put(key, body, options)
          const blob = options?.size === 1000 && blobs.find(({ documentId }) => key.includes(documentId))
          if (blob && purged.size < 4 && !purged.has(blob.id)) {
            purged.add(blob.id)
            await discardBlob(vault)(blob.id)
          }
          return stored
        },
      }))
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      expect(await vault.tally(id)).toMatchObject({ total: { items: 6 }, done: { items: 6 }, failed: { items: 0 } })
      await expectWhole(id, 6)
    })

    it('readers see no failure while a place dies under them', async () => {
      const bytes = someBytes(300_000)
      const blob = await vault.addBlob([old], bytes)
      await run()
      vault.meddle(target, ({ get }) => ({
        async get(key, options) {
          const whole = Buffer.concat(await Array.fromAsync((await get(key, options)) as AsyncIterable<Buffer>))
          return Readable.from(
            (async function* () {
              yield whole.subarray(0, 100_000)
              throw new BackendUnavailable('The server went away.')
            })(),
            { objectMode: false },
          )
        },
      }))
      const { read, find } = openBlob(vault)
      const found = await find(blob.id)
      const got = Buffer.concat(await Array.fromAsync((await read(found, {})) as AsyncIterable<Buffer>))
      expect(got.equals(bytes)).toBe(true)
      const range = { start: 50_000, end: 249_999 }
      const part = Buffer.concat(await Array.fromAsync((await read(found, { range })) as AsyncIterable<Buffer>))
      expect(part.equals(bytes.subarray(50_000, 250_000))).toBe(true)
    })

    it('readers read on from what is given up, when the target fails after the end', async () => {
      const blob = await vault.addBlob([old])
      const id = await run()
      await vault.finish(id)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(1)
      vault.meddle(target, () => ({
        get: async () => {
          throw new BackendUnavailable('The server is away.')
        },
      }))
      const { read, find } = openBlob(vault)
      const got = Buffer.concat(await Array.fromAsync((await read(await find(blob.id), {})) as AsyncIterable<Buffer>))
      expect(sha256(got)).toBe(blob.sha256)
    })
  })

  it('plans ten thousand files in bounded steps while their sums stay exact', async () => {
    const { ownerId } = await vault.addBlob([old])
    await vault.db.$executeRaw`
      INSERT INTO "blobs" ("id", "key", "owner_id", "document_id", "filename", "content_type", "size", "sha256")
      SELECT gen_random_uuid(), gen_random_uuid() || '/x', ${ownerId}::uuid, gen_random_uuid(), 'row', 'text/plain', 7, '0' FROM generate_series(1, 9999)`
    for (const { id } of [old, target]) {
      await vault.db.$executeRaw`
        INSERT INTO "replicas" ("blob_id", "backend_id", "state", "verified_at") SELECT "id", ${id}::uuid, 'VERIFIED', now() FROM "blobs" WHERE "filename" = 'row'`
    }
    const { id } = await vault.start(target)
    let steps = 0
    for (let more = true; more; steps++) {
      more = (await planStep(vault.db, id, vault.now(), 1000)) === 'more'
    }
    await vault.sumsAgree(id)
    expect(steps).toBe(13)
    expect(await vault.tally(id)).toMatchObject({
      total: { items: 10_000, bytes: 70_993 },
      pending: { items: 1 },
      done: { items: 9999 },
    })
  })
})
