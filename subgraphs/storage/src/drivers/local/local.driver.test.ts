import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeDriver } from '../contract/index.ts'
import { listed, newKey, putBytes, someBytes, stalledStream, streamOf } from '../contract/harness.ts'
import type { StorageDriver } from '../driver.ts'
import { createLocalDriver } from './local.driver.ts'

const scratch = () => mkdtemp(path.join(tmpdir(), 'vault-local-'))

describeDriver('local', {
  async open() {
    const root = await scratch()
    const staging = path.join(root, '.staging')
    return {
      driver: createLocalDriver({ root }),
      close: () => rm(root, { recursive: true }),
      async abandon() {
        await mkdir(staging, { recursive: true })
        await writeFile(path.join(staging, randomUUID()), 'half a docum')
      },
      abandoned: async () => (await readdir(staging)).length,
    }
  },
  capabilities: { copy: true, presign: false, multipart: false, checksum: false, freeSpace: true, sweep: true },
})

describe('local driver on its disk', () => {
  let root: string
  let driver: StorageDriver
  beforeEach(async () => {
    root = await scratch()
    driver = createLocalDriver({ root })
  })
  afterEach(() => rm(root, { recursive: true }))

  const leftovers = () => readdir(path.join(root, '.staging'))

  it('shows nothing of what a crash left half written', async () => {
    const name = randomUUID()
    await mkdir(path.join(root, '.staging'))
    await writeFile(path.join(root, '.staging', name), 'half a docum')
    expect(await listed(driver, '')).toEqual([])
    await expect(driver.get(`.staging/${name}` as ReturnType<typeof newKey>)).rejects.toThrow()
    const key = await putBytes(driver, someBytes(10))
    expect(await listed(driver, '')).toEqual([{ key, size: 10 }])
  })

  it('leaves nothing half written behind, however a put ends', async () => {
    await putBytes(driver, someBytes(10))
    await expect(driver.put(newKey(), streamOf(someBytes(9)), { size: 10 })).rejects.toThrow()
    const put = driver.put(newKey(), stalledStream(someBytes(9)), { size: 10, signal: AbortSignal.timeout(50) })
    await expect(put).rejects.toThrow(/timeout/)
    expect(await leftovers()).toEqual([])
  })

  it('skips files that others put beside the objects', async () => {
    await mkdir(path.join(root, 'u', 'd'), { recursive: true })
    for (const name of ['.DS_Store', 'Thumbs db', 'ü.txt']) await writeFile(path.join(root, 'u', 'd', name), 'x')
    await writeFile(path.join(root, '.vault.json'), '{}')
    const key = newKey('', 'u/d')
    await putBytes(driver, someBytes(3), key)
    expect(await listed(driver, '')).toEqual([{ key, size: 3 }])
  })

  it('takes folders away that a delete left empty', async () => {
    const key = await putBytes(driver, someBytes(3))
    await driver.delete(key)
    expect(await readdir(root)).toEqual(['.staging'])
  })

  it('survives deletes that empty the folder it is about to write into', async () => {
    const folder = 'busy/folder'
    const outcomes = Array.from({ length: 200 }, async () => {
      const key = newKey('', folder)
      await putBytes(driver, someBytes(1), key)
      await driver.delete(key)
    })
    await Promise.all(outcomes)
    expect(await listed(driver, '')).toEqual([])
  })

  it('never copies by a second name for the same bytes on the disk', async () => {
    const from = await putBytes(driver, someBytes(100))
    const to = newKey()
    await driver.copy!(from, to)
    await writeFile(path.join(root, from), 'damaged')
    expect((await driver.stat(to))?.size).toBe(100)
  })

  it('knows how much room the disk has', async () => {
    const { bavail, bsize } = await statfs(root)
    expect(Math.abs((await driver.freeSpace!())! - bavail * bsize)).toBeLessThan(1024 ** 3)
  })
})
