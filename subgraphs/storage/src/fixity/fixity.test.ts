import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import type { ScanKind } from '../../prisma/client/client.ts'
import { putBytes, readBytes, someBytes, streamOf } from '../drivers/contract/harness.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import { mintObjectKey, toObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import { sweepIntents } from '../garbage/object-intent.ts'
import { MARKER_KEY } from '../vault/marker.ts'
import { openTestStorage, ADA, type TestPlace, type TestStorage } from '../testing/storage.fixture.ts'
import { createPace } from './pace.ts'
import { startDueScans, startScan } from './usecases/start-scan.ts'
import { workOnScans } from './usecases/work-on-scans.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const never = new AbortController().signal

describe('scans', () => {
  let storage: TestStorage
  let first: TestPlace
  let second: TestPlace
  beforeAll(async () => {
    storage = await openTestStorage()
    first = await storage.addPlace('first')
    second = await storage.addPlace('second')
  })
  afterAll(() => storage.close())

  const originals = new Map<TestPlace, TestPlace['driver']>()
  const meddle = (place: TestPlace, change: Partial<TestPlace['driver']>) => {
    if (!originals.has(place)) originals.set(place, { ...place.driver })
    Object.assign(place.driver, change)
  }
  const restore = () => {
    for (const [place, driver] of originals) Object.assign(place.driver, driver)
    originals.clear()
  }
  afterEach(async () => {
    restore()
    await storage.db.scan.deleteMany()
    await storage.db.blob.deleteMany()
    await storage.db.objectIntent.deleteMany()
    await storage.db.quarantinedObject.deleteMany()
    for (const place of [first, second])
      for (const key of await place.keys()) await place.driver.delete(toObjectKey(key))
  })

  const deps = () => ({
    ...storage,
    bytesPerSecond: 1e9,
    objectsPerSecond: 1e6,
    orphanKeepMs: 7 * DAY,
  })
  /** As in a process of its own. */
  const work = (signal = never) => workOnScans(deps())(signal)
  const start = (kind: ScanKind, backendId?: string) =>
    startScan(storage)({ kind, backendId, actorId: ADA, requestId: null })
  const scan = async (kind: ScanKind, backendId?: string) => {
    const { id } = await start(kind, backendId)
    await work()
    return report(id)
  }
  const report = async (id: string) => {
    const { slices, findings, state } = await storage.db.scan.findUniqueOrThrow({
      where: { id },
      include: { slices: true, findings: { orderBy: { id: 'asc' } } },
    })
    const sum = (name: 'checked' | 'ok' | 'damaged' | 'missing' | 'repaired' | 'orphans' | 'foreign' | 'bytes') =>
      Number(slices.reduce((total, slice) => total + slice[name], 0n))
    const [checked, ok, damaged, missing, repaired] = [
      sum('checked'),
      sum('ok'),
      sum('damaged'),
      sum('missing'),
      sum('repaired'),
    ]
    return {
      state,
      slices,
      findings,
      checked,
      ok,
      damaged,
      missing,
      repaired,
      orphans: sum('orphans'),
      foreign: sum('foreign'),
      bytes: sum('bytes'),
    }
  }
  const replica = (blobId: string, place: TestPlace) =>
    storage.db.replica.findUniqueOrThrow({ where: { blobId_backendId: { blobId, backendId: place.id } } })
  const damage = async (place: TestPlace, key: ObjectKey, bytes = someBytes(1000)) => {
    await place.driver.delete(key)
    await place.driver.put(key, streamOf(bytes))
  }

  describe('for fixity', () => {
    it('find all well where it is, and say when that was', async () => {
      const blobs = [await storage.addBlob([first, second]), await storage.addBlob([first])]
      storage.pass(DAY)
      const found = await scan('FIXITY')
      expect(found).toMatchObject({
        state: 'DONE',
        checked: 3,
        ok: 3,
        damaged: 0,
        missing: 0,
        bytes: 3000,
        findings: [],
      })
      expect((await replica(blobs[0]!.id, second)).verifiedAt).toEqual(new Date(storage.now()))
    })

    it('set a damaged replica aside, make it anew from one that is right, and give the damaged bytes up last', async () => {
      const bytes = someBytes(1000)
      const blob = await storage.addBlob([first, second], bytes)
      await damage(first, blob.key)
      const found = await scan('FIXITY', first.id)
      expect(found).toMatchObject({ state: 'DONE', checked: 1, ok: 0, damaged: 1, repaired: 1 })
      expect(found.findings).toMatchObject([{ kind: 'DAMAGED', blobId: blob.id, key: blob.key }])
      const mended = await replica(blob.id, first)
      expect(mended).toMatchObject({ state: 'VERIFIED', quarantineReason: null })
      expect(mended.key).not.toBe(blob.key)
      expect((await readBytes(first.driver, toObjectKey(mended.key!))).equals(bytes)).toBe(true)
      storage.pass(1)
      await sweepIntents(storage)(never)
      expect(await first.keys()).toEqual([mended.key])
      expect(await scan('FIXITY')).toMatchObject({ checked: 2, ok: 2 })
    })

    it('never repair from a replica that is not right itself', async () => {
      const blob = await storage.addBlob([first, second])
      await damage(first, blob.key)
      await damage(second, blob.key, Buffer.alloc(0))
      const found = await scan('FIXITY')
      expect(found).toMatchObject({ state: 'DONE', damaged: 2, repaired: 0 })
      expect([await replica(blob.id, first), await replica(blob.id, second)]).toMatchObject([
        { state: 'QUARANTINED', quarantineReason: 'DAMAGED' },
        { state: 'QUARANTINED', quarantineReason: 'DAMAGED' },
      ])
      expect(await first.driver.stat(blob.key), 'the damaged bytes are kept').toMatchObject({ size: 1000 })
    })

    it('leave what they have when a repair cannot be finished', async () => {
      const blob = await storage.addBlob([first, second])
      await damage(first, blob.key)
      const { put } = first.driver
      // A place that keeps other bytes than were sent.
      meddle(first, { put: (key, body, options) => (body.resume(), put(key, streamOf(someBytes(1000)), options)) })
      expect(await scan('FIXITY', first.id)).toMatchObject({ damaged: 1, repaired: 0 })
      restore()
      expect(await replica(blob.id, first)).toMatchObject({ state: 'QUARANTINED', key: null })
      expect(await first.keys()).toEqual([blob.key])
      expect(await storage.db.objectIntent.count()).toBe(0)
      // The next scan tries again.
      expect(await scan('FIXITY', first.id)).toMatchObject({ damaged: 1, repaired: 1 })
    })

    it('mark what is not there, bring it back, and believe again what has come back by itself', async () => {
      const bytes = someBytes(1000)
      const [alone, both] = [await storage.addBlob([first], bytes), await storage.addBlob([first, second])]
      await first.driver.delete(alone.key)
      await first.driver.delete(both.key)
      expect(await scan('FIXITY', first.id)).toMatchObject({ checked: 2, missing: 2, repaired: 1 })
      expect((await replica(alone.id, first)).state).toBe('LOST')
      expect((await replica(both.id, first)).state).toBe('VERIFIED')
      await putBytes(first.driver, bytes, alone.key)
      expect(await scan('FIXITY', first.id)).toMatchObject({ ok: 2, missing: 0, repaired: 1 })
      expect((await replica(alone.id, first)).state).toBe('VERIFIED')
    })

    it('take nothing for lost where the whole place has vanished', async () => {
      const blob = await storage.addBlob([first, second])
      await first.driver.delete(blob.key)
      await first.driver.delete(MARKER_KEY)
      const { id } = await start('FIXITY', first.id)
      await work()
      expect((await replica(blob.id, first)).state).toBe('VERIFIED')
      expect((await report(id)).slices).toMatchObject([
        { state: 'RUNNING', failures: 1, message: expect.stringMatching(/Is the disk mounted/) },
      ])
      // Waiting longer each time, it is given up at last, and says why.
      for (let hour = 0; hour < 15; hour++) {
        storage.pass(60 * MINUTE)
        await work()
      }
      expect(await report(id)).toMatchObject({ state: 'FAILED', missing: 0 })
      await putBytes(first.driver, Buffer.from(JSON.stringify({ vaultId: storage.vaultId })), MARKER_KEY)
    })

    it('prefer better bytes to those that cannot be read, and keep them where there are none', async () => {
      const [alone, both] = [await storage.addBlob([first]), await storage.addBlob([first, second])]
      const { get: read } = first.driver
      meddle(first, {
        async get(key, options) {
          if (key === alone.key || key === both.key) throw new BackendUnavailable('A sector cannot be read.')
          return read(key, options)
        },
      })
      const found = await scan('FIXITY', first.id)
      expect(found).toMatchObject({ damaged: 2, repaired: 1 })
      expect(found.findings).toMatchObject([
        { kind: 'UNREADABLE', key: alone.key, repairedAt: null },
        { kind: 'UNREADABLE', key: both.key, repairedAt: expect.any(Date) },
      ])
      expect((await replica(alone.id, first)).state).toBe('VERIFIED')
      expect((await replica(both.id, first)).key).not.toBeNull()
    })

    it('leave alone what waits to be deleted', async () => {
      const blob = await storage.addBlob([first])
      await storage.db.replica.updateMany({ data: { state: 'QUARANTINED', quarantineReason: 'RELEASED' } })
      await damage(first, blob.key)
      expect(await scan('FIXITY')).toMatchObject({ checked: 0 })
    })

    it('go on where a killed process stopped, and count nothing twice', async () => {
      for (let count = 0; count < 50; count++) await storage.addBlob([first], someBytes(10))
      const { id } = await start('FIXITY', first.id)
      const { promise: reached, resolve } = Promise.withResolvers<void>()
      const { get: read } = first.driver
      const dead = { reads: 0 }
      meddle(first, {
        async get(key, options) {
          // Here the process is gone.
          if (++dead.reads > 30) return (resolve(), new Promise(() => {}))
          return read(key, options)
        },
      })
      void work()
      await reached
      restore()
      await work()
      expect((await report(id)).checked, 'a living process keeps its slice').toBe(20)
      storage.pass(2 * MINUTE)
      let reads = 0
      meddle(first, { get: (key, options) => (reads++, read(key, options)) })
      await work()
      expect(await report(id)).toMatchObject({ state: 'DONE', checked: 50, ok: 50 })
      // The mark is read too.
      expect(reads).toBeLessThanOrEqual(31)
    })

    it('are given to another process at shutdown at once', async () => {
      for (let count = 0; count < 30; count++) await storage.addBlob([first], someBytes(10))
      const { id } = await start('FIXITY', first.id)
      const shutdown = new AbortController()
      const { get: read } = first.driver
      let reads = 0
      meddle(first, { get: (key, options) => (++reads === 25 && shutdown.abort(), read(key, options)) })
      await work(shutdown.signal)
      expect(await report(id)).toMatchObject({ state: 'RUNNING', checked: 20 })
      await work()
      expect(await report(id)).toMatchObject({ state: 'DONE', checked: 30 })
    })

    it('are shared by processes, a place each', async () => {
      await storage.addBlob([first, second])
      const { id } = await start('FIXITY')
      await Promise.all([work(), work(), work()])
      expect(await report(id)).toMatchObject({ state: 'DONE', checked: 2, ok: 2 })
    })

    it('run one at a time, and begin by themselves when they are due', async () => {
      await start('FIXITY')
      await expect(start('FIXITY')).rejects.toMatchObject({ code: 'storage.scan.running' })
      await expect(start('ORPHANS', uuidv7())).rejects.toMatchObject({ code: 'not_found' })
      await work()
      const due = startDueScans({ ...storage, every: { FIXITY: 30 * DAY, ORPHANS: null } })
      const count = () => storage.db.scan.count()
      storage.pass(30 * DAY - 1)
      await due()
      expect(await count()).toBe(1)
      storage.pass(1)
      await Promise.all([due(), due()])
      await due()
      expect(await count()).toBe(2)
      expect(await storage.db.outbox.count({ where: { name: 'work-on-scans' } })).toBeGreaterThan(0)
    })
  })

  describe('for orphans', () => {
    const orphan = async (place: TestPlace) =>
      putBytes(place.driver, someBytes(10), mintObjectKey(ADA, uuidv7(), 'a.bin'))

    it('put bytes aside that no row speaks of, and nothing else', async () => {
      const blob = await storage.addBlob([first])
      const key = await orphan(first)
      const living = await orphan(first)
      const leaseUntil = new Date(storage.now() + MINUTE)
      await storage.db.objectIntent.create({ data: { backendId: first.id, key: living, holder: uuidv7(), leaseUntil } })
      const found = await scan('ORPHANS')
      expect(found).toMatchObject({ state: 'DONE', checked: 3, orphans: 1, foreign: 0, missing: 0, ok: 1 })
      expect(found.findings).toMatchObject([{ kind: 'ORPHAN', key, backendId: first.id }])
      const aside = await storage.db.quarantinedObject.findMany()
      expect(aside).toMatchObject([
        { key, reason: 'ORPHAN', size: 10n, deleteAfter: new Date(storage.now() + 7 * DAY) },
      ])
      expect(new Set(await first.keys())).toEqual(new Set([blob.key, key, living]))
    })

    it('find the bytes of a blob at a place where it has no replica', async () => {
      const blob = await storage.addBlob([first, second])
      await storage.db.replica.delete({ where: { blobId_backendId: { blobId: blob.id, backendId: second.id } } })
      expect(await scan('ORPHANS')).toMatchObject({ orphans: 1, findings: [{ key: blob.key, backendId: second.id }] })
    })

    it('tell what this vault never wrote, and leave it alone', async () => {
      const key = await putBytes(first.driver, someBytes(10), toObjectKey('photos/2026/cat.jpg'))
      expect(await scan('ORPHANS')).toMatchObject({ orphans: 0, foreign: 1, findings: [{ kind: 'FOREIGN', key }] })
      expect(await storage.db.quarantinedObject.count()).toBe(0)
    })

    it('find rows without bytes, and rows with too few, and make them anew', async () => {
      const [gone, short, lost] = [
        await storage.addBlob([first, second]),
        await storage.addBlob([first, second]),
        await storage.addBlob([first]),
      ]
      await first.driver.delete(gone.key)
      await damage(first, short.key, someBytes(5))
      await first.driver.delete(lost.key)
      expect(await scan('ORPHANS')).toMatchObject({ missing: 2, damaged: 1, repaired: 2, ok: 2 })
      expect([
        (await replica(gone.id, first)).state,
        (await replica(short.id, first)).state,
        (await replica(lost.id, first)).state,
      ]).toEqual(['VERIFIED', 'VERIFIED', 'LOST'])
    })

    it('touch nothing at the place of another vault, or where the disk is gone', async () => {
      const blob = await storage.addBlob([first])
      const key = await orphan(first)
      for (const mark of [null, JSON.stringify({ vaultId: uuidv7() })]) {
        await first.driver.delete(MARKER_KEY)
        if (mark) await putBytes(first.driver, Buffer.from(mark), MARKER_KEY)
        await storage.db.scan.deleteMany()
        expect(await scan('ORPHANS', first.id)).toMatchObject({ orphans: 0, missing: 0, slices: [{ failures: 1 }] })
      }
      await first.driver.delete(MARKER_KEY)
      await putBytes(first.driver, Buffer.from(JSON.stringify({ vaultId: storage.vaultId })), MARKER_KEY)
      expect((await replica(blob.id, first)).state).toBe('VERIFIED')
      expect(await first.driver.stat(key)).not.toBeNull()
    })

    it('go on with a listing where a killed process stopped', async () => {
      const keys: ObjectKey[] = []
      for (let count = 0; count < 1200; count++) keys.push(await orphan(first))
      const { id } = await start('ORPHANS', first.id)
      const { list: listAll } = first.driver
      const { promise: reached, resolve } = Promise.withResolvers<void>()
      meddle(first, {
        async *list(prefix, options) {
          let given = 0
          for await (const object of listAll(prefix, options)) {
            if (++given > 700) {
              resolve()
              await new Promise(() => {})
            }
            yield object
          }
        },
      })
      void work()
      await reached
      await expect.poll(async () => (await report(id)).checked).toBe(500)
      storage.pass(2 * MINUTE)
      let listed = 0
      meddle(first, {
        async *list(prefix, options) {
          for await (const object of listAll(prefix, options)) {
            listed++
            yield object
          }
        },
      })
      await work()
      expect(await report(id)).toMatchObject({ state: 'DONE', checked: 1200, orphans: 1200 })
      expect(listed).toBeLessThan(1200)
      expect(await storage.db.quarantinedObject.count()).toBe(keys.length)
    })
  })
})

describe('the pace of a scan', () => {
  it('waits as long as it takes, and does not save up what was not used', async () => {
    let time = 0
    const waits: number[] = []
    const pace = createPace(1000, {
      now: () => time,
      wait: async (ms) => {
        waits.push(ms)
        time += ms
      },
    })
    await pace.spend(500, never)
    await pace.spend(500, never)
    await pace.spend(2000, never)
    expect([time, waits]).toEqual([1000, [500, 500]])
    time += 60_000
    await pace.spend(1000, never)
    await pace.spend(1000, never)
    expect(waits).toEqual([500, 500, 1000])
  })
})
