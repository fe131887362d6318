import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TestPlace } from '../testing/storage.fixture.ts'
import { openTestMigrations, type TestMigrations } from './migration.fixture.ts'

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
})
