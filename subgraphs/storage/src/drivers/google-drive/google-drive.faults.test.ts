import { afterEach, describe, expect, it } from 'vitest'
import { expectAbsent } from '../contract/harness.ts'
import { CredentialsRefused } from '../driver.errors.ts'
import {
  CHUNK,
  isBegin,
  isChunk,
  isLastChunk,
  isMedia,
  newKey,
  openGoogleDrive,
  putBytes,
  readBytes,
  refusal,
  someBytes,
  streamOf,
} from './google-drive.fixture.ts'
import { fakeClockwork, measuredSource, recordingFetch } from '../http/testing.ts'

type Open = Awaited<ReturnType<typeof openGoogleDrive>>
let place: Open
const open = async (...args: Parameters<typeof openGoogleDrive>) => (place = await openGoogleDrive(...args))
afterEach(() => place.close())

const busy = { answer: { status: 429, headers: { 'retry-after': '7' } } }

describe('an upload', () => {
  it('goes on when the token ends in its middle', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const bytes = someBytes(4 * CHUNK)
    emulator.fail({ when: isChunk, after: 2, how: { first: () => emulator.expireTokens() } })
    const key = await putBytes(driver, bytes)
    emulator.expireTokens()
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
    expect(emulator.requests.filter(({ host }) => host === 'oauth')).toHaveLength(3)
  })

  it('ends with a plea to connect again when the consent was withdrawn, and keeps nothing', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    await driver.check()
    emulator.fail({ when: isChunk, after: 1, how: { first: () => emulator.revoke() } })
    // The chunk that saw the withdrawal was accepted; the one after it is refused.
    const put = driver.put(newKey(), streamOf(someBytes(4 * CHUNK)), { size: 4 * CHUNK })
    await expect(put).rejects.toMatchObject({
      code: 'storage.access_denied',
      message: expect.stringContaining('must be renewed'),
    })
    expect([...emulator.files.values()].filter(({ bytes }) => bytes)).toEqual([])
  })

  it('ends with a plea to connect again when the right to keep files was taken back', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isBegin, how: { answer: refusal(403, 'insufficientPermissions') } })
    await expect(putBytes(driver, someBytes(10))).rejects.toBeInstanceOf(CredentialsRefused)
  })

  it('resumes inside a chunk of which half was kept', async () => {
    const { driver, emulator } = await open({ chunkSize: 4 * CHUNK })
    const bytes = someBytes(10 * CHUNK + 77)
    emulator.keepHalf()
    emulator.keepHalf()
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it.for([1, 2, 4])('whose chunk %d was delivered while its answer was lost has those bytes once', async (nth) => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const bytes = someBytes(4 * CHUNK)
    emulator.fail({ when: isChunk, after: nth - 1, how: { loseAnswer: true } })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
    expect(await Array.fromAsync(driver.list(''))).toHaveLength(1)
  })

  it('begun twice, as the first answer was lost, makes one file', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isBegin, how: { loseAnswer: true } })
    await putBytes(driver, someBytes(1000))
    expect([...emulator.files.values()].filter(({ bytes }) => bytes)).toHaveLength(1)
  })

  it('starts anew when its session is lost before anything was let go', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const bytes = someBytes(3 * CHUNK)
    emulator.fail({ when: isChunk, how: { first: () => emulator.expireSessions() } })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('fails cleanly when its session is lost later', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const key = newKey()
    emulator.fail({ when: isChunk, after: 1, how: { first: () => emulator.expireSessions() } })
    const put = driver.put(key, streamOf(someBytes(3 * CHUNK)), { size: 3 * CHUNK })
    await expect(put).rejects.toMatchObject({
      code: 'storage.unavailable',
      message: expect.stringContaining('lost the upload'),
    })
    await expectAbsent(driver, key)
  })

  it('whose last answer and session are both lost is found by its id', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const bytes = someBytes(3 * CHUNK)
    emulator.fail({ when: isLastChunk, how: { loseAnswer: true } })
    emulator.fail({
      when: ({ headers }) => headers['content-range']?.startsWith('bytes */') === true,
      how: { first: () => emulator.expireSessions() },
    })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('is taken back when the service kept other bytes', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const key = newKey()
    emulator.fail({ when: isLastChunk, how: { first: () => emulator.damage() } })
    const put = driver.put(key, streamOf(someBytes(3 * CHUNK)), { size: 3 * CHUNK })
    await expect(put).rejects.toMatchObject({ message: expect.stringContaining('other bytes') })
    await expectAbsent(driver, key)
    expect([...emulator.files.values()].filter(({ bytes }) => bytes)).toEqual([])
  })

  it('that was made while every answer is lost is taken back', async () => {
    const { driver, emulator } = await open({}, { pace: { attempts: 1 } })
    emulator.fail({ when: isLastChunk, how: { loseAnswer: true } })
    await expect(putBytes(driver, someBytes(100))).rejects.toMatchObject({ code: 'storage.unavailable' })
    expect([...emulator.files.values()].filter(({ bytes }) => bytes)).toEqual([])
  })

  it('holds at most one chunk and what streams hold', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({ chunkSize: 4 * CHUNK }, { fetch })
    const { stream, pulled } = measuredSource(40 * CHUNK)
    let most = 0
    emulator.fail({
      when: isChunk,
      times: Infinity,
      how: {
        first() {
          const stored = sent.filter(({ method, status }) => method === 'PUT' && status !== null).length * 4 * CHUNK
          most = Math.max(most, pulled() - stored)
        },
      },
    })
    await driver.put(newKey(), stream, { size: 40 * CHUNK })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(4 * CHUNK + 256 * 1024)
  })

  it.for([true, false])('into a full drive says so (size announced: %s)', async (announced) => {
    const { driver } = await open({ quota: 2 * CHUNK, chunkSize: CHUNK })
    expect(await driver.freeSpace?.()).toBe(2 * CHUNK)
    const key = newKey()
    const put = driver.put(key, streamOf(someBytes(3 * CHUNK)), announced ? { size: 3 * CHUNK } : {})
    await expect(put).rejects.toMatchObject({ code: 'storage.full' })
    await expectAbsent(driver, key)
  })
})

describe('a busy service', () => {
  it('is waited for as long as it asks', async () => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    emulator.fail({ when: isBegin, times: 2, how: busy })
    await putBytes(driver, someBytes(10))
    expect(clockwork.waits).toEqual([7000, 7000])
  })

  it('that stays busy is given up, and nothing is kept', async () => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    await driver.check()
    emulator.fail({ when: () => true, times: Infinity, how: { answer: refusal(403, 'userRateLimitExceeded') } })
    const before = emulator.requests.length
    await expect(driver.put(newKey(), streamOf(someBytes(10)), { size: 10 })).rejects.toMatchObject({
      code: 'storage.unavailable',
    })
    expect(emulator.requests.length - before).toBe(6)
    expect(clockwork.waits).toEqual([2.5, 5, 10, 20, 40])
  })

  it('that asks for more patience than there is fails at once', async () => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    emulator.fail({
      when: () => true,
      times: Infinity,
      how: { answer: { status: 503, headers: { 'retry-after': '86400' } } },
    })
    await expect(driver.stat(newKey())).rejects.toMatchObject({ code: 'storage.unavailable' })
    expect(clockwork.waits).toEqual([])
  })

  it('does not keep an aborted caller waiting', async () => {
    const { driver, emulator } = await open()
    emulator.fail({ when: isBegin, times: Infinity, how: busy })
    const reason = new Error('enough')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 100)
    const started = performance.now()
    const put = driver.put(newKey(), streamOf(someBytes(10)), { size: 10, signal: controller.signal })
    await expect(put).rejects.toBe(reason)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

describe('searches that lag behind', () => {
  it('do not hide what was just written, nor show what was just deleted', async () => {
    const { driver } = await open({ listDelay: 1000 })
    const [stays, goes] = [
      await putBytes(driver, someBytes(10), newKey('', 'a')),
      await putBytes(driver, someBytes(11), newKey('', 'a')),
    ]
    await driver.delete(goes)
    expect(await driver.stat(stays)).toEqual({ key: stays, size: 10 })
    expect(await driver.stat(goes)).toBeNull()
    expect(await Array.fromAsync(driver.list('a'))).toEqual([{ key: stays, size: 10 }])
    expect((await readBytes(driver, stays)).length).toBe(10)
  })

  it('that still show a deleted file are not believed', async () => {
    const { driver } = await open({ listDelay: 3 })
    const key = await putBytes(driver, someBytes(10))
    for (let search = 0; search < 5; search++) await Array.fromAsync(driver.list(''))
    await driver.delete(key)
    expect(await Array.fromAsync(driver.list(''))).toEqual([])
    expect(await driver.stat(key)).toBeNull()
  })

  it('are asked again for what another process wrote', async () => {
    const { driver, connect, emulator } = await open({ listDelay: 2 })
    const key = await putBytes(driver, someBytes(10))
    const folder = [...emulator.files.values()].find(({ bytes }) => !bytes)
    expect((await readBytes(connect(folder?.id), key)).length).toBe(10)
  })
})

describe('a download', () => {
  it('that breaks is taken up where it ended', async () => {
    const { driver, emulator } = await open()
    const bytes = someBytes(2_000_000)
    const key = await putBytes(driver, bytes)
    emulator.fail({ when: isMedia, times: 2, how: { cutAnswerAfter: 700_000 } })
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
    emulator.fail({ when: isMedia, how: { cutAnswerAfter: 500 } })
    expect(
      (await readBytes(driver, key, { start: 1000, end: 1_000_999 })).equals(bytes.subarray(1000, 1_001_000)),
    ).toBe(true)
  })

  it('that never comes fails, and is no shorter object', async () => {
    const { driver, emulator } = await open()
    const key = await putBytes(driver, someBytes(2_000_000))
    emulator.fail({ when: isMedia, times: Infinity, how: { cutAnswerAfter: 0 } })
    await expect(readBytes(driver, key)).rejects.toMatchObject({ code: 'storage.unavailable' })
  })
})

describe('credentials', () => {
  it('go to the two hosts of the service alone, wherever an answer points', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({}, { fetch })
    const { api, upload, oauth } = emulator.origins
    const key = await putBytes(driver, someBytes(1000))
    // The token host stands for a host that is none of the service's.
    emulator.fail({
      when: isBegin,
      how: { answer: { status: 200, headers: { location: `${oauth}/elsewhere?upload_id=1` } } },
    })
    await expect(driver.put(newKey(), streamOf(someBytes(10)), { size: 10 })).rejects.toThrow()
    emulator.fail({ when: isMedia, how: { answer: { status: 302, headers: { location: `${oauth}/elsewhere` } } } })
    await expect(driver.get(key)).rejects.toMatchObject({ code: 'storage.unavailable' })
    const strangers = sent.filter(({ url }) => ![api, upload].includes(url.origin))
    expect(strangers.some(({ url }) => url.pathname === '/elsewhere')).toBe(true)
    expect(strangers.filter(({ authorization }) => authorization !== null)).toEqual([])
    expect(
      sent.filter(({ url }) => [api, upload].includes(url.origin)).every(({ authorization }) => authorization),
    ).toBe(true)
  })
})

describe('a check', () => {
  it('says that the folder lies in the trash', async () => {
    const { driver, emulator } = await open()
    await driver.check()
    for (const file of emulator.files.values()) file.trashed = true
    await expect(driver.check()).rejects.toMatchObject({ message: expect.stringContaining('trash') })
  })
})
