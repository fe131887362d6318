import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { putBytes, someBytes } from '../drivers/contract/harness.ts'
import { AccessDenied, BackendUnavailable } from '../drivers/driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../drivers/object-key.ts'
import type { TestPlace } from '../testing/storage.fixture.ts'
import { ADMIN, openTestMigrations, type TestMigrations } from './migration.fixture.ts'
import { removeBackend } from '../backends/usecases/remove-backend.ts'
import { startMigration } from './usecases/start-migration.ts'

const DAY = 86_400_000
const never = new AbortController().signal

describe('a migration', () => {
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
    for (let made = 0; made < count; made++) await vault.addBlob([old])
  }
  const currentName = async () => (await vault.db.storageBackend.findFirst({ where: { current: true } }))?.name

  it('gives every file a verified copy at the target, and then waits for a word', async () => {
    await addBlobs(120)
    const { id } = await vault.start(target)
    vault.work()
    await vault.until(id, 'READY_TO_FINISH')
    expect(await vault.proof()).toEqual(
      new Map([
        [old.id, 120],
        [target.id, 120],
      ]),
    )
    expect(await vault.tally(id)).toMatchObject({
      total: { items: 120, bytes: 120_000 },
      done: { items: 120, bytes: 120_000 },
      pending: { items: 0 },
      failed: { items: 0 },
      etaSeconds: 0,
    })
    await vault.sumsAgree(id)
    expect(await vault.db.objectIntent.count()).toBe(0)
  })

  it('is ready at once where there is nothing to move', async () => {
    const { id } = await vault.start(target)
    vault.work()
    await vault.until(id, 'READY_TO_FINISH')
    expect(await vault.tally(id)).toMatchObject({ total: { items: 0 } })
    expect(await currentName()).toBe('target')
  })

  it('gives the old place up when it is finished, deletes after the retention time, and stays readable', async () => {
    await addBlobs(30)
    const { id } = await vault.start(target)
    const worker = vault.work()
    await vault.until(id, 'READY_TO_FINISH')
    await vault.finish(id, true)
    await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(30)
    expect(await old.keys()).toHaveLength(30)
    await worker.tend(never)
    expect(await old.keys(), 'kept during the retention time').toHaveLength(30)
    vault.pass(8 * DAY)
    await worker.tend(never)
    await expect.poll(() => old.keys()).toEqual([])
    await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('DONE')
    expect(await vault.proof()).toEqual(new Map([[target.id, 30]]))
    expect(await vault.db.migration.findFirst()).toMatchObject({
      state: 'FINISHED',
      releasedItems: 30n,
      releasedBytes: 30_000n,
    })
    expect(await vault.db.objectIntent.count()).toBe(0)
  })

  describe('takes a step only where it fits', () => {
    const stateAfter = async (id: string) => (await vault.db.migration.findUniqueOrThrow({ where: { id } })).state

    it('two who pause at once get one true answer each', async () => {
      const { id } = await vault.start(target)
      const answers = await Promise.allSettled([vault.pause(id), vault.pause(id)])
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = answers.find((answer) => answer.status === 'rejected')
      expect(refused?.reason).toMatchObject({
        code: 'storage.migration.state',
        message: expect.stringContaining('paused'),
      })
      const steps = await vault.db.migrationEvent.findMany({ where: { migrationId: id }, orderBy: { id: 'asc' } })
      expect(steps.map(({ action }) => action)).toEqual(['started', 'paused'])
    })

    it('two who start at once: one starts, the other is told of it', async () => {
      await addBlobs(3)
      const answers = await Promise.allSettled([vault.start(target), vault.start(target)])
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const [started] = await vault.db.migration.findMany()
      expect(answers.find((answer) => answer.status === 'rejected')?.reason).toMatchObject({
        code: 'storage.migration.conflict',
        migrationId: started?.id,
      })
      expect(await vault.db.migration.count()).toBe(1)
    })

    it('keeps the places that it needs from being removed, empty as they are', async () => {
      const { id } = await vault.start(target)
      for (const place of [target, old]) {
        // Whatever new files do meanwhile.
        await vault.db.storageBackend.updateMany({ data: { current: false } })
        await expect(removeBackend(vault.deps)(place.id, { ...ADMIN, ip: null })).rejects.toMatchObject({
          code: 'storage.backend.in_use',
          message: expect.stringContaining('Finish or cancel it first'),
        })
      }
      await vault.db.storageBackend.update({ where: { id: target.id }, data: { current: true } })
      await vault.cancel(id)
    })

    it.for([
      ['resume', 'RUNNING'],
      ['finish', 'PAUSED'],
      ['pause', 'READY_TO_FINISH'],
      ['retry', 'READY_TO_FINISH'],
      ['cancel', 'FINISHED'],
      ['pause', 'CANCELLED'],
      ['rollBack', 'CANCELLED'],
      ['cancel', 'ROLLING_BACK'],
    ] as const)('refuses to %s what is %s', async ([step, state]) => {
      const { id } = await vault.start(target)
      await vault.db.migration.update({ where: { id }, data: { state } })
      await expect(vault[step](id)).rejects.toMatchObject({ code: 'storage.migration.state' })
      expect(await stateAfter(id)).toBe(state)
    })

    it('each step is told to the audit log once', async () => {
      const { id } = await vault.start(target)
      await vault.pause(id)
      await vault.resume(id)
      await vault.throttle(id, { bytesPerSecond: 1_000_000 })
      await vault.cancel(id)
      const told = await vault.db.outbox.findMany({ where: { name: 'record-audit' }, orderBy: { createdAt: 'asc' } })
      expect(told.map(({ payload }) => (payload as { type: string }).type)).toEqual(
        ['started', 'paused', 'resumed', 'throttled', 'cancelled'].map((step) => `storage.migration.${step}`),
      )
    })
  })

  describe('before it starts', () => {
    it('refuses a target that cannot be written', async () => {
      vault.meddle(target, () => ({
        put: async () => {
          throw new AccessDenied('These keys may not write to the bucket.')
        },
      }))
      await expect(vault.start(target)).rejects.toMatchObject({
        code: 'storage.access_denied',
        message: 'target: These keys may not write to the bucket.',
      })
      expect(await currentName()).toBe('old')
    })

    it('refuses a target without room for the files', async () => {
      await addBlobs(3)
      vault.meddle(target, () => ({ freeSpace: async () => 2999 }))
      await expect(vault.start(target)).rejects.toMatchObject({ code: 'storage.migration.no_room' })
      vault.meddle(target, () => ({ freeSpace: async () => 3000 }))
      await vault.start(target)
    })

    it('refuses a target that carries the mark of another vault, or none', async () => {
      const mark = toObjectKey('archivolt-vault.json')
      for (const [text, code] of [
        ['{"vaultId":"another"}', 'storage.marker_foreign'],
        [null, 'storage.marker_missing'],
      ] as const) {
        vault.meddle(target, ({ get, stat }) => ({
          stat: async (key) => (key === mark && text === null ? null : stat(key)),
          get: async (key, options) => (key === mark && text ? Readable.from([Buffer.from(text)]) : get(key, options)),
        }))
        await expect(vault.start(target)).rejects.toMatchObject({ code })
        vault.mend()
      }
    })

    it('refuses a target that takes no names as long as ours', async () => {
      vault.meddle(target, ({ put }) => ({
        put: async (key, body, options) => {
          if (key.length > 100) throw new BackendUnavailable('The name is too long.')
          return put(key, body, options)
        },
      }))
      await expect(vault.start(target)).rejects.toMatchObject({ code: 'storage.unavailable' })
    })

    it('says what it found', async () => {
      await addBlobs(2)
      const input = { targetId: target.id, sourceIds: null, filter: NO_FILTER, concurrency: null }
      const { preflight } = await startMigration(vault.deps)(
        { ...input, bytesPerSecond: null, verify: 'READ_BACK', retentionDays: null },
        ADMIN,
      )
      expect(preflight).toMatchObject({ itemsToMove: 2, bytesToMove: 2000, freeBytes: null, refusesOverwrites: true })
      expect(await target.keys(), 'nothing is left of the trial').toEqual([])
    })

    it.for([
      ['concurrency', { concurrency: 0 }],
      ['bytesPerSecond', { bytesPerSecond: 0 }],
      ['retentionDays', { retentionDays: 400 }],
      ['sourceIds', 'itself'],
    ] as const)('refuses an impossible %s', async ([field, input]) => {
      const given = input === 'itself' ? { sourceIds: [target.id] } : input
      await expect(vault.start(target, given)).rejects.toMatchObject({ code: 'invalid_input', field })
    })
  })

  describe('is held and let go', () => {
    it('paused, nothing moves and nothing is lost; resumed, it goes on to the end', async () => {
      await addBlobs(40)
      const { id } = await vault.start(target, { concurrency: 1 })
      vault.work()
      await vault.untilTally(id, ({ done }) => done.items > 5)
      await vault.pause(id)
      await vault.untilTally(id, ({ copying, verifying }) => copying.items + verifying.items === 0)
      const held = await vault.tally(id)
      expect(held.done.items).toBeLessThan(40)
      vault.pass(DAY)
      expect(await vault.tally(id)).toMatchObject({ done: held.done, etaSeconds: null })
      await vault.proof()
      await vault.resume(id)
      await vault.until(id, 'READY_TO_FINISH')
      expect((await vault.tally(id)).retries, 'a pause is no failure').toBe(0)
      expect(await vault.proof()).toEqual(
        new Map([
          [old.id, 40],
          [target.id, 40],
        ]),
      )
      await vault.sumsAgree(id)
    })

    it.for([0, 50, 99])(
      'cancelled at %d %%, everything is readable and new files go where they went',
      async (percent) => {
        await addBlobs(100)
        const { id } = await vault.start(target, { concurrency: 1 })
        expect(await currentName()).toBe('target')
        const worker = percent > 0 ? vault.work() : undefined
        if (percent > 0) await vault.untilTally(id, ({ done }) => done.items >= percent)
        await vault.cancel(id)
        await worker?.close()
        expect(await currentName()).toBe('old')
        const places = await vault.proof()
        expect(places.get(old.id)).toBe(100)
        await vault.sumsAgree(id)
        // What was done stays: the next one begins where this one ended.
        const done = places.get(target.id) ?? 0
        expect(done).toBeGreaterThanOrEqual(percent)
        const next = await vault.start(target)
        vault.work()
        await vault.until(next.id, 'READY_TO_FINISH')
        expect(await vault.proof()).toEqual(
          new Map([
            [old.id, 100],
            [target.id, 100],
          ]),
        )
      },
    )

    it('cancelled with its copies given up, the target is empty again after the retention time', async () => {
      await addBlobs(10)
      const { id } = await vault.start(target)
      const worker = vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      const late = await vault.addBlob([target])
      await vault.cancel(id, { releaseTarget: true, releaseAll: true })
      await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('RETAINED')
      vault.pass(8 * DAY)
      await worker.tend(never)
      await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('DONE')
      expect(await target.keys(), 'what is nowhere else stays').toEqual([late.key])
      expect(await vault.proof()).toEqual(
        new Map([
          [old.id, 10],
          [target.id, 1],
        ]),
      )
    })
  })

  describe('comes back', () => {
    it('with what was written since, and without copying what the old place still has', async () => {
      await addBlobs(30)
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      for (let made = 0; made < 20; made++) await vault.addBlob([target])
      await vault.finish(id)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(30)
      let written = 0
      vault.meddle(old, ({ put }) => ({ put: (...given) => (written++, put(...given)) }))
      await vault.rollBack(id)
      expect(await currentName()).toBe('old')
      await vault.until(id, 'CANCELLED')
      expect(written, 'only the new ones were copied').toBe(20)
      expect((await vault.proof()).get(old.id)).toBe(50)
      expect(await vault.db.migration.findFirst()).toMatchObject({ rolledBackAt: expect.any(Date), release: null })
      await vault.sumsAgree(id)
    })

    it('from the middle, paused and resumed on its way', async () => {
      await addBlobs(40)
      const { id } = await vault.start(target, { concurrency: 1 })
      vault.work()
      await vault.untilTally(id, ({ done }) => done.items > 10)
      for (let made = 0; made < 10; made++) await vault.addBlob([target])
      await vault.rollBack(id)
      await vault.pause(id)
      await vault.resume(id)
      await vault.until(id, 'CANCELLED')
      expect((await vault.proof()).get(old.id)).toBe(50)
      await vault.sumsAgree(id)
    })

    it('leaves alone what lay at the target before', async () => {
      const before = await vault.addBlob([target])
      vault.pass(DAY)
      await vault.db.blob.update({ where: { id: before.id }, data: { createdAt: new Date(vault.now() - DAY) } })
      await addBlobs(5)
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await vault.rollBack(id)
      await vault.until(id, 'CANCELLED')
      expect(await vault.db.replica.count({ where: { blobId: before.id } })).toBe(1)
    })
  })

  describe('is finished only when all is verified', () => {
    it('refuses while a file has failed, and deletes nothing', async () => {
      await addBlobs(5)
      const rotten = await vault.addBlob([old])
      await corrupt(old, rotten.key)
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'FAILED')
      await expect(vault.finish(id)).rejects.toMatchObject({ code: 'storage.migration.unverified', items: 1 })
      expect(await old.keys()).toHaveLength(6)
    })

    it('a file whose upload began before and ended after is taken along, even when all was finished', async () => {
      await addBlobs(5)
      const { id } = await vault.start(target)
      const worker = vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await vault.addBlob([old])
      await expect(vault.finish(id)).rejects.toMatchObject({ code: 'storage.migration.unverified' })
      await worker.tend(never)
      await expect.poll(() => vault.db.replica.count({ where: { backendId: target.id } })).toBe(6)
      await vault.until(id, 'READY_TO_FINISH')
      await vault.finish(id)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(6)
      await vault.addBlob([old])
      await worker.tend(never)
      await expect.poll(() => vault.db.replica.count({ where: { backendId: target.id, state: 'VERIFIED' } })).toBe(7)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(7)
      expect(await vault.proof()).toEqual(new Map([[target.id, 7]]))
    })

    it('does not delete a large part of the vault without a word, and then does', async () => {
      await addBlobs(10)
      const { id } = await vault.start(target)
      const worker = vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await vault.finish(id)
      await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('RETAINED')
      vault.pass(30 * DAY)
      await worker.tend(never)
      expect(await vault.db.migration.findFirst()).toMatchObject({ release: 'HELD' })
      await worker.tend(never)
      expect(await old.keys()).toHaveLength(10)
      await vault.finish(id, true)
      await worker.tend(never)
      await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('DONE')
      expect(await old.keys()).toEqual([])
    })

    it('never deletes what has no verified copy elsewhere, whatever was promised', async () => {
      await addBlobs(10)
      const { id } = await vault.start(target)
      const worker = vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      await vault.finish(id, true)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(10)
      const lost = await vault.db.replica.findFirstOrThrow({ where: { backendId: target.id } })
      await vault.db.replica.updateMany({
        where: { blobId: lost.blobId, backendId: target.id },
        data: { state: 'LOST' },
      })
      vault.pass(8 * DAY)
      await worker.tend(never)
      await expect.poll(async () => (await vault.db.migration.findFirst())?.release).toBe('DONE')
      expect(await old.keys()).toHaveLength(1)
      expect(await vault.db.replica.count({ where: { blobId: lost.blobId, state: 'QUARANTINED' } })).toBe(1)
    })
  })

  describe('moves a part', () => {
    it('by bucket, owner and age; new files go where they went', async () => {
      await addBlobs(3)
      const preview = await vault.addBlob([old])
      await vault.db.blob.update({
        where: { id: preview.id },
        data: { bucket: 'previews', createdAt: new Date('2025-01-01') },
      })
      const { id } = await vault.start(target, { filter: { ...NO_FILTER, buckets: ['previews'] } })
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      expect(await vault.tally(id)).toMatchObject({ total: { items: 1 } })
      expect(await currentName()).toBe('old')
      await vault.cancel(id)
      const old_ = await vault.db.blob.findFirstOrThrow({ where: { bucket: 'documents' } })
      await vault.db.blob.update({ where: { id: old_.id }, data: { createdAt: new Date('2020-01-01') } })
      const aged = await vault.start(target, { filter: { ...NO_FILTER, createdBefore: new Date('2021-01-01') } })
      await vault.until(aged.id, 'READY_TO_FINISH')
      expect(await vault.db.replica.count({ where: { backendId: target.id, blobId: old_.id } })).toBe(1)
      await vault.cancel(aged.id)
      const none = await vault.start(target, { filter: { ...NO_FILTER, ownerIds: [preview.id] } })
      await vault.until(none.id, 'READY_TO_FINISH')
      expect(await vault.tally(none.id)).toMatchObject({ total: { items: 0 } })
    })

    it('from many places to one', async () => {
      const third = await vault.addPlace('third')
      await addBlobs(5)
      for (let made = 0; made < 5; made++) await vault.addBlob([third])
      await vault.addBlob([old, third])
      const { id } = await vault.start(target)
      vault.work()
      await vault.until(id, 'READY_TO_FINISH')
      expect((await vault.proof()).get(target.id)).toBe(11)
      expect(await vault.tally(id)).toMatchObject({ total: { items: 11 } })
      await vault.finish(id, true)
      await expect.poll(() => vault.db.replica.count({ where: { state: 'QUARANTINED' } })).toBe(12)
    })
  })
})

const NO_FILTER = { buckets: [], ownerIds: [], createdAfter: null, createdBefore: null }

/** Other bytes under the same name, as a failing disk gives them. */
async function corrupt({ driver }: TestPlace, key: ObjectKey): Promise<void> {
  await driver.delete(key)
  await putBytes(driver, someBytes(1000), key)
}
