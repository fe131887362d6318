import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRealS3, type RealS3 } from '../../../../scripts/real/s3.ts'
import { startRealWebdav, type RealWebdav } from '../../../../scripts/real/webdav.ts'
import { startFaultProxy, type FaultProxy } from '../drivers/contract/fault-proxy.ts'
import { someBytes } from '../drivers/contract/harness.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { createLocalDriver } from '../drivers/local/local.driver.ts'
import { createS3Driver } from '../drivers/s3/s3.driver.ts'
import { createWebdavDriver } from '../drivers/webdav/webdav.driver.ts'
import type { TestPlace } from '../testing/storage.fixture.ts'
import { claimPlace } from '../vault/marker.ts'
import { openTestMigrations, type TestMigrations } from './migration.fixture.ts'

const MIB = 1024 ** 2

/* From a disk to S3, from there to WebDAV, and home again, with large files, small ones and one of no bytes. */
describe('a migration between real servers', () => {
  let vault: TestMigrations
  let s3: RealS3
  let webdav: RealWebdav
  let folder: string
  let proxy: FaultProxy
  const places: TestPlace[] = []

  /** A place of the fixture with a real driver in place of its own. */
  const addPlace = async (name: string, driver: StorageDriver) => {
    const place = await vault.addPlace(name)
    for (const method of Object.keys(place.driver)) Reflect.deleteProperty(place.driver, method)
    Object.assign(place.driver, driver)
    await claimPlace(place.driver, vault.vaultId)
    places.push(place)
    return place
  }

  beforeAll(async () => {
    vault = await openTestMigrations()
    folder = await mkdtemp(path.join(tmpdir(), 'archivolt-migration-'))
    ;[s3, webdav] = await Promise.all([startRealS3(), startRealWebdav()])
    proxy = await startFaultProxy(new URL(webdav.config.url).origin, {
      answers: {
        busy: { status: 503, headers: { 'retry-after': '1' } },
        full: { status: 507 },
        denied: { status: 403 },
      },
      publishes: ({ method }) => method === 'MOVE',
    })
    await addPlace('disk', createLocalDriver({ root: folder }))
    await addPlace('bucket', createS3Driver(s3.config))
    const url = proxy.url + new URL(webdav.config.url).pathname
    await addPlace('share', createWebdavDriver({ ...webdav.config, url, root: 'vault' }))
  }, 180_000)
  afterAll(async () => {
    await vault?.clear(places)
    await vault?.close()
    for (const { driver } of places) await driver.close()
    await proxy?.close()
    await s3?.stop()
    await webdav?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('every file arrives whole at each, through cuts, lost answers and refusals', async () => {
    const [disk, bucket, share] = places as [TestPlace, TestPlace, TestPlace]
    for (const size of [0, 1, 1000, 20_000, 20_000, 300_000, 9 * MIB, 20 * MIB])
      await vault.addBlob([disk], someBytes(size))
    vault.work()
    for (const target of [bucket, share, disk]) {
      const { id } = await vault.start(target, { retentionDays: 0 })
      if (target === share) {
        proxy.faults.busy(2)
        proxy.faults.cutUpload(50_000)
        proxy.faults.loseAnswer()
        proxy.faults.full()
      }
      await vault.until(id, 'READY_TO_FINISH')
      expect((await vault.proof()).get(target.id)).toBe(8)
      await vault.finish(id, true)
      await expect
        .poll(async () => (await vault.db.migration.findUniqueOrThrow({ where: { id } })).release, { timeout: 30_000 })
        .toBe('DONE')
      expect(await vault.proof()).toEqual(new Map([[target.id, 8]]))
      expect(await target.keys()).toHaveLength(8)
      await vault.sumsAgree(id)
    }
    expect([await bucket.keys(), await share.keys()]).toEqual([[], []])
  }, 120_000)
})
