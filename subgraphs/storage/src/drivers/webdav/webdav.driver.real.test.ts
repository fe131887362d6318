import { randomUUID } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRcloneWebdav, startRealWebdav, type RealWebdav } from '../../../../../scripts/real/webdav.ts'
import { startFaultProxy } from '../contract/fault-proxy.ts'
import { driverErrorOf, listed, newKey, putBytes, readBytes, someBytes, streamOf } from '../contract/harness.ts'
import { describeDriver } from '../contract/index.ts'
import { openClient } from './webdav.client.ts'
import { rootSegments, type WebdavConfig } from './webdav.config.ts'
import { createWebdavDriver } from './webdav.driver.ts'
import { entriesOf } from './webdav.properties.ts'

const SERVERS = [
  ['WebDAV (Apache)', startRealWebdav],
  ['WebDAV (rclone)', startRcloneWebdav],
] as const

for (const [name, start] of SERVERS) {
  let server: RealWebdav
  let places = 0
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())

  describeDriver(name, {
    async open() {
      const proxy = await startFaultProxy(server.config.url, {
        answers: {
          busy: { status: 503, headers: { 'retry-after': '1' } },
          full: { status: 507 },
          denied: { status: 403 },
        },
        publishes: ({ method }) => method === 'MOVE',
      })
      const account = { ...server.config, url: proxy.url, root: `vaults/Tresor Nr. ${++places} (ü)` }
      const driver = createWebdavDriver(account)
      const client = openClient(account)
      const staging = [...rootSegments(account), '.staging']
      return {
        driver,
        faults: proxy.faults,
        async abandon() {
          // Any write makes the folder of unfinished ones.
          await driver.delete(await putBytes(driver, someBytes(1)))
          const { body } = await client.request([...staging, randomUUID()], { method: 'PUT', body: 'half' })
          body.resume()
        },
        abandoned: async () => (await entriesOf(client, staging)).length,
        async close() {
          await driver.close()
          client.close()
          await proxy.close()
        },
      }
    },
    capabilities: { copy: true, presign: false, multipart: false, checksum: false, freeSpace: true, sweep: true },
    emulatorFaults: ['cutUpload', 'cutDownload', 'loseAnswer', 'busy', 'full', 'denied'],
    // One folder is one answer: there are no pages.
    objectsOfTwoPages: 120,
  })

  describe(`${name} driver and its server`, () => {
    const withDriver = async <T>(
      change: Partial<WebdavConfig>,
      use: (driver: ReturnType<typeof createWebdavDriver>) => Promise<T>,
    ) => {
      const driver = createWebdavDriver({ ...server.config, ...change })
      try {
        return await use(driver)
      } finally {
        await driver.close()
      }
    }
    const problem = (change: Partial<WebdavConfig>) =>
      withDriver(change, async (driver) => (await driverErrorOf(driver.check())).message)

    const someoneElse = async (method: string, name: string) => {
      const authorization = `Basic ${btoa(`${server.config.username}:${server.config.password}`)}`
      expect(
        (
          await fetch(server.config.url + name, {
            method,
            headers: { authorization },
            body: method === 'PUT' ? 'x' : null,
          })
        ).ok,
      ).toBe(true)
    }

    it('names what is wrong with its configuration', async () => {
      expect(await problem({ password: 'wrong' })).toMatch(/user name and password/)
      expect(await problem({ url: `${server.config.url}nowhere/` })).toMatch(/no folder/)
      expect(await problem({ url: 'http://127.0.0.1:1' })).toMatch(/Nothing answers/)
      expect(await problem({ url: 'http://no-such-host.invalid/dav' })).toMatch(/host name/)
      await someoneElse('PUT', 'a-file')
      expect(await problem({ root: 'a-file' })).toMatch(/no folder|a file/)
    })

    it('checks without making anything', async () => {
      await withDriver({ root: 'not/made/yet' }, (driver) => driver.check())
      expect(await readdir(server.folder)).not.toContain('not')
    })

    it('leaves nothing in its hidden folder, however a put ends', async () => {
      await withDriver({ root: 'tidy' }, async (driver) => {
        await putBytes(driver, someBytes(10))
        await driver.copy(await putBytes(driver, someBytes(10)), newKey())
        await driverErrorOf(driver.put(newKey(), streamOf(someBytes(9)), { size: 10 }))
        await driverErrorOf(driver.put(newKey(), streamOf(someBytes(9_000_000)), { size: 9_000_001 }))
        await expect.poll(() => readdir(path.join(server.folder, 'tidy', '.staging'))).toEqual([])
      })
    })

    it('shows nothing of what a crash left half written, nor files of others', async () => {
      const root = path.join(server.folder, 'crashed')
      await mkdir(path.join(root, '.staging'), { recursive: true })
      await writeFile(path.join(root, '.staging', 'half'), 'half a docum')
      await writeFile(path.join(root, 'Thumbs db'), 'x')
      await withDriver({ root: 'crashed' }, async (driver) => expect(await listed(driver, '')).toEqual([]))
    })

    it('goes on when someone takes its folders away', async () => {
      await withDriver({ root: 'moved' }, async (driver) => {
        const folder = 'user/document'
        await putBytes(driver, someBytes(10), newKey('', folder))
        await someoneElse('DELETE', 'moved/user/')
        const bytes = someBytes(20)
        const key = newKey('', folder)
        await putBytes(driver, bytes, key)
        expect((await readBytes(driver, key)).equals(bytes)).toBe(true)

        await someoneElse('DELETE', 'moved/')
        const later = newKey('', folder)
        await putBytes(driver, bytes, later).catch(() => putBytes(driver, bytes, later))
        expect(await listed(driver, '')).toEqual([{ key: later, size: 20 }])
      })
    })

    it('refuses to write a key a second time', async () => {
      await withDriver({ root: 'twice' }, async (driver) => {
        const first = someBytes(100)
        const key = await putBytes(driver, first)
        expect((await driverErrorOf(putBytes(driver, someBytes(50), key))).code).toBe('storage.object_exists')
        expect((await readBytes(driver, key)).equals(first)).toBe(true)
      })
    })
  })
}
