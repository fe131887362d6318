import { parseAllowedNetworks } from '@archivolt/kit/net/allowed-networks'
import { createGuardedAgents } from '@archivolt/kit/net/guarded-agents'
import { afterEach, describe, expect, it } from 'vitest'
import { expectAbsent, newKey, putBytes, readBytes, sha256, someBytes, streamOf } from '../contract/harness.ts'
import { fakeClockwork, measuredSource, recordingFetch } from '../http/testing.ts'
import { CHUNK, isAssembly, isChunk, isDownload, isPublishing, isUpload, openNextcloud } from './nextcloud.fixture.ts'

let place: Awaited<ReturnType<typeof openNextcloud>>
const open = async (...args: Parameters<typeof openNextcloud>) => (place = await openNextcloud(...args))
afterEach(() => place.close())

/** Nothing remains, visible or hidden. */
function expectNoLeftovers(): void {
  expect([...place.emulator.tree].filter(([, bytes]) => bytes)).toEqual([])
  expect(place.emulator.uploads.size).toBe(0)
  expect(place.emulator.trash).toEqual([])
}

describe('an upload in chunks', () => {
  const bytes = someBytes(2 * CHUNK + 77)

  it('says its whole length and destination with every request', async () => {
    const { driver, emulator } = await open()
    await putBytes(driver, bytes)
    const sent = emulator.requests.filter(({ path }) => path.includes('/uploads/'))
    expect(
      sent.map(
        ({ method, path }) =>
          `${method} ${path
            .split('/')
            .at(-1)
            ?.replace(/^archivolt-.*/, 'folder')}`,
      ),
    ).toEqual(['MKCOL folder', 'PUT 00001', 'PUT 00002', 'PUT 00003', 'MOVE .file'])
    expect(new Set(sent.map(({ headers }) => headers.destination)).size).toBe(1)
    expect(sent.slice(1).every(({ headers }) => headers['oc-total-length'] === String(bytes.length))).toBe(true)
  })

  it('whose length nobody knew is put together all the same', async () => {
    const { driver } = await open()
    const key = newKey()
    await driver.put(key, streamOf(bytes))
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it.for([1, 3])('whose chunk %d was delivered while its answer was lost has those bytes once', async (nth) => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isChunk, after: nth - 1, how: { loseAnswer: true } })
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
  })

  it('survives a gateway that gives up while the service still puts it together', async () => {
    const { driver, emulator } = await open()
    emulator.assembleSlowly(8)
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
    expect(emulator.uploads.size).toBe(0)
  })

  it('whose assembly was done while its answer was lost is not done again', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isAssembly, how: { loseAnswer: true } })
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
    expect(emulator.requests.filter(({ path }) => path.endsWith('/.file'))).toHaveLength(1)
  })

  it('starts anew when its folder is lost before anything was let go', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isChunk, how: { first: () => emulator.expireUploads() } })
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
  })

  it.for([
    ['a later chunk', isChunk, 1],
    ['the assembly', isAssembly, 0],
  ] as const)('fails cleanly when its folder is lost at %s', async ([, when, after]) => {
    const { driver, emulator } = await open()
    const key = newKey()
    emulator.fail({ when, after, how: { first: () => emulator.expireUploads() } })
    const put = driver.put(key, streamOf(bytes), { size: bytes.length })
    await expect(put).rejects.toMatchObject({
      code: 'storage.unavailable',
      message: expect.stringContaining('lost the upload'),
    })
    await expectAbsent(driver, key)
    expectNoLeftovers()
  })

  it('fails cleanly when a chunk was truncated on the way', async () => {
    const { driver, emulator } = await open()
    const key = newKey()
    const truncate = () => {
      for (const { chunks } of emulator.uploads.values())
        chunks.set(1, chunks.get(1)?.subarray(0, CHUNK - 1) ?? Buffer.alloc(0))
    }
    emulator.fail({ when: isAssembly, how: { first: truncate } })
    await expect(driver.put(key, streamOf(bytes), { size: bytes.length })).rejects.toMatchObject({
      code: 'storage.unavailable',
    })
    await expectAbsent(driver, key)
    expectNoLeftovers()
  })

  it('into a full account fails with its first chunk', async () => {
    const { driver, emulator } = await open({ quota: 2 * CHUNK })
    expect(await driver.freeSpace?.()).toBe(2 * CHUNK)
    const put = driver.put(newKey(), streamOf(bytes), { size: bytes.length })
    await expect(put).rejects.toMatchObject({ code: 'storage.full' })
    expect(emulator.requests.filter(({ path }) => path.endsWith('/00002'))).toEqual([])
    expectNoLeftovers()
  })

  it('holds at most one chunk and what streams hold', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({}, { fetch })
    const { stream, pulled } = measuredSource(6 * CHUNK)
    let most = 0
    const measure = () => {
      const stored = sent.filter(({ url, status }) => /\/\d{5}$/.test(url.pathname) && status !== null).length * CHUNK
      most = Math.max(most, pulled() - stored)
    }
    emulator.fail({ when: isChunk, times: Infinity, how: { first: measure } })
    await driver.put(newKey(), stream, { size: 6 * CHUNK })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(CHUNK + 256 * 1024)
  })
})

describe('a small upload', () => {
  it('is hidden until it is whole, and leaves nothing hidden', async () => {
    const { driver, emulator } = await open()
    let seen: string[] = []
    emulator.fail({
      when: isPublishing,
      how: { first: () => (seen = [...emulator.tree].filter(([, bytes]) => bytes).map(([path]) => path)) },
    })
    const key = await putBytes(driver, someBytes(100))
    expect(seen).toEqual([expect.stringMatching(/^Archivolt\/\.incoming\/[\da-f-]{36}$/)])
    expect([...emulator.tree].filter(([, bytes]) => bytes).map(([path]) => path)).toEqual([`Archivolt/${key}`])
    expect(await Array.fromAsync(driver.list(''))).toEqual([{ key, size: 100 }])
  })

  it('that is never published leaves nothing', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isPublishing, times: Infinity, how: { answer: { status: 423 } } })
    await expect(putBytes(driver, someBytes(100))).rejects.toMatchObject({
      code: 'storage.unavailable',
      message: expect.stringContaining('locked'),
    })
    expectNoLeftovers()
  })

  it('that was published while every answer is lost is taken back', async () => {
    const { driver, emulator } = await open({}, { pace: { attempts: 1 } })
    emulator.fail({ when: isPublishing, how: { loseAnswer: true } })
    await expect(putBytes(driver, someBytes(100))).rejects.toMatchObject({ code: 'storage.unavailable' })
    expectNoLeftovers()
  })

  it('finds its folders again after somebody removed them', async () => {
    const { driver, emulator } = await open({ root: 'a/b c/100% #1' })
    await driver.check()
    const folder = newKey().split('/')[0]
    await putBytes(driver, someBytes(10), newKey('', folder))
    for (const path of [...emulator.tree.keys()]) if (path.includes(folder ?? '')) emulator.tree.delete(path)
    const key = await putBytes(driver, someBytes(10), newKey('', folder))
    expect(await Array.fromAsync(driver.list(''))).toEqual([{ key, size: 10 }])
  })
})

describe('a busy service', () => {
  it.for([423, 429, 503])('that answers %d is waited for as long as it asks', async (status) => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    emulator.fail({ when: isUpload, times: 2, how: { answer: { status, headers: { 'retry-after': '9' } } } })
    await putBytes(driver, someBytes(10))
    expect(clockwork.waits).toEqual([9000, 9000])
  })

  it('that stays busy is given up after some tries', async () => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    emulator.fail({ when: () => true, times: Infinity, how: { answer: { status: 429 } } })
    await expect(putBytes(driver, someBytes(10))).rejects.toMatchObject({ code: 'storage.unavailable' })
    expect(emulator.requests).toHaveLength(6)
  })
})

describe('a download', () => {
  it('that breaks is taken up where it ended', async () => {
    const { driver, emulator } = await open()
    const bytes = someBytes(2_000_000)
    const key = await putBytes(driver, bytes)
    emulator.fail({ when: isDownload, times: 2, how: { cutAnswerAfter: 700_000 } })
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('of a part takes what it asked for from an answer with the whole', async () => {
    const { driver, emulator } = await open()
    const bytes = someBytes(100_000)
    const key = await putBytes(driver, bytes)
    emulator.fail({ when: isDownload, how: { answer: { status: 200, body: bytes } } })
    expect((await readBytes(driver, key, { start: 500, end: 70_000 })).equals(bytes.subarray(500, 70_001))).toBe(true)
  })
})

describe('credentials', () => {
  it('go to the host that was entered alone, and redirects are not followed', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({}, { fetch })
    const key = await putBytes(driver, someBytes(1000))
    const elsewhere = { answer: { status: 302, headers: { location: `${emulator.origins.elsewhere}/stolen` } } }
    emulator.fail({ when: ({ url }) => !url.pathname.startsWith('/status'), times: 4, how: elsewhere })
    const tries = [driver.get(key), driver.stat(key), driver.check(), putBytes(driver, someBytes(10))]
    for (const outcome of await Promise.allSettled(tries)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('/stolen') } })
    }
    expect(sent.filter(({ url }) => url.origin !== emulator.origins.cloud)).toEqual([])
    expect(emulator.requests.filter(({ host }) => host === 'elsewhere')).toEqual([])
  })

  it('that are wrong are tried once a call', async () => {
    const { connect, emulator } = await open()
    await expect(connect({ appPassword: 'wrong' }).stat(newKey())).rejects.toMatchObject({
      code: 'storage.access_denied',
    })
    expect(emulator.requests).toHaveLength(1)
  })
})

describe('the guard of outgoing calls', () => {
  it('lets an allowed network through, large files too', async () => {
    const agents = createGuardedAgents({ allowed: parseAllowedNetworks('127.0.0.0/8') })
    const { driver } = await open({}, { fetch: agents.fetch })
    const bytes = someBytes(2 * CHUNK + 5)
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
    await driver.check()
    await agents.close()
  })

  it('is not asked twice when it refuses', async () => {
    const agents = createGuardedAgents({ allowed: [] })
    let asked = 0
    const fetch: typeof agents.fetch = (...args) => (asked++, agents.fetch(...args))
    const { driver } = await open({}, { fetch })
    await expect(driver.check()).rejects.toMatchObject({ code: 'storage.access_denied' })
    expect(asked).toBe(1)
    await agents.close()
  })
})

describe('a check', () => {
  it('sends no password to what is no Nextcloud', async () => {
    const { connect, emulator } = await open()
    await expect(connect({ url: `${emulator.origins.cloud}/blog` }).check()).rejects.toMatchObject({
      message: expect.stringContaining('no Nextcloud'),
    })
    expect(emulator.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  })

  it.for([
    ['maintenance', 'maintenance mode'],
    ['needsDbUpgrade', 'upgrade'],
  ] as const)('says %s in a sentence', async ([state, sentence]) => {
    const { driver, emulator } = await open()
    emulator.status[state] = true
    await expect(driver.check()).rejects.toMatchObject({ message: expect.stringContaining(sentence) })
  })

  it('says what the server lacks', async () => {
    const { driver, emulator } = await open()
    emulator.capabilities.dav = {}
    await expect(driver.check()).rejects.toMatchObject({ message: expect.stringContaining('chunks') })
  })
})

describe('hashes', () => {
  it('come from the server, and are none where it computes none', async () => {
    const bytes = someBytes(1000)
    const { driver } = await open()
    expect(await driver.checksum?.(await putBytes(driver, bytes))).toBe(sha256(bytes))
    await place.close()
    const old = await open({ hashes: false })
    expect(await old.driver.checksum?.(await putBytes(old.driver, bytes))).toBeNull()
  })
})
