import { afterEach, describe, expect, it } from 'vitest'
import { expectAbsent, newKey, putBytes, readBytes, someBytes, streamOf } from '../contract/harness.ts'
import { fakeClockwork, measuredSource, recordingFetch } from '../http/testing.ts'
import { toObjectKey } from '../object-key.ts'
import { CHUNK, isBegin, isChunk, isDownload, isLastChunk, isQuestion, openOneDrive } from './onedrive.fixture.ts'

let place: Awaited<ReturnType<typeof openOneDrive>>
const open = async (...args: Parameters<typeof openOneDrive>) => (place = await openOneDrive(...args))
afterEach(() => place.close())

function expectNoLeftovers(): void {
  expect([...place.emulator.items.values()].filter(({ bytes }) => bytes)).toEqual([])
  expect(place.emulator.sessions.size).toBe(0)
}

describe('an upload', () => {
  const bytes = someBytes(3 * CHUNK + 77)

  it('goes on when the token ends in its middle: its parts carry none', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    emulator.fail({ when: isChunk, after: 1, how: { first: () => emulator.expireTokens() } })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('ends with a plea to connect again when the consent was withdrawn', async () => {
    const { driver, emulator } = await open()
    emulator.revoke()
    await expect(putBytes(driver, bytes)).rejects.toMatchObject({
      code: 'storage.access_denied',
      message: expect.stringContaining('must be renewed'),
    })
  })

  it('keeps each new refresh token, and asks for one at a time', async () => {
    const { driver, emulator, rotated } = await open({ rotate: true })
    const keys = await Promise.all([1, 2, 3].map((size) => putBytes(driver, someBytes(size))))
    expect(rotated).toHaveLength(1)
    emulator.expireTokens()
    await Promise.all(keys.map((key) => driver.stat(key)))
    expect(rotated).toHaveLength(2)
  })

  it.for([1, 2, 4])('whose part %d was delivered while its answer was lost has those bytes once', async (nth) => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    emulator.fail({ when: isChunk, after: nth - 1, how: { loseAnswer: true } })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('asks the session where it stands when a part was there already', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const duplicate = () => {
      for (const session of emulator.sessions.values()) {
        session.parts.push(bytes.subarray(CHUNK, 2 * CHUNK))
        session.received = 2 * CHUNK
        session.total = bytes.length
      }
    }
    emulator.fail({ when: isChunk, after: 1, how: { first: duplicate } })
    const key = await putBytes(driver, bytes)
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
    expect(emulator.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/up/'))).toHaveLength(1)
  })

  it('starts anew when its session is lost before anything was let go', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    emulator.fail({ when: isChunk, how: { first: () => emulator.expireSessions() } })
    expect((await readBytes(driver, await putBytes(driver, bytes))).equals(bytes)).toBe(true)
  })

  it('of unknown length waits on the disk', async () => {
    const { driver } = await open({ chunkSize: CHUNK })
    const key = newKey()
    await driver.put(key, streamOf(bytes))
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('fails cleanly when its session is lost later', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const key = newKey()
    emulator.fail({ when: isChunk, after: 2, how: { first: () => emulator.expireSessions() } })
    const put = driver.put(key, streamOf(bytes), { size: bytes.length })
    await expect(put).rejects.toMatchObject({
      code: 'storage.unavailable',
      message: expect.stringContaining('lost the upload'),
    })
    await expectAbsent(driver, key)
    expectNoLeftovers()
  })

  it('that was made while every answer is lost is taken back', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK }, { pace: { attempts: 1 } })
    emulator.fail({ when: isLastChunk, how: { loseAnswer: true } })
    await expect(putBytes(driver, bytes)).rejects.toMatchObject({ code: 'storage.unavailable' })
    expectNoLeftovers()
  })

  it('leaves alone what another writer made meanwhile', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const key = newKey()
    const theirs = someBytes(10)
    const path = `${key}.bin`
    emulator.fail({
      when: isLastChunk,
      how: { first: () => emulator.items.set(path, { id: 'theirs', path, bytes: theirs }) },
    })
    await expect(driver.put(key, streamOf(bytes), { size: bytes.length })).rejects.toMatchObject({
      code: 'storage.object_exists',
    })
    expect((await readBytes(driver, key)).equals(theirs)).toBe(true)
    expect(emulator.sessions.size).toBe(0)
  })

  it('is taken back when a part arrived damaged', async () => {
    const { driver, emulator } = await open({ chunkSize: CHUNK })
    const damage = () => {
      for (const { parts } of emulator.sessions.values()) parts[0]?.fill(0, 0, 100)
    }
    emulator.fail({ when: isLastChunk, how: { first: damage } })
    await expect(putBytes(driver, bytes)).rejects.toMatchObject({ message: expect.stringContaining('other bytes') })
    expectNoLeftovers()
  })

  it('into a full drive says so', async () => {
    const { driver } = await open({ quota: 2 * CHUNK, chunkSize: CHUNK })
    expect(await driver.freeSpace?.()).toBe(2 * CHUNK)
    await expect(putBytes(driver, bytes)).rejects.toMatchObject({ code: 'storage.full' })
    expectNoLeftovers()
  })

  it('holds at most one part and what streams hold', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({ chunkSize: 4 * CHUNK }, { fetch })
    const { stream, pulled } = measuredSource(40 * CHUNK)
    let most = 0
    const measure = () => {
      const stored =
        sent.filter(({ url, status }) => url.pathname.startsWith('/up/') && status !== null).length * 4 * CHUNK
      most = Math.max(most, pulled() - stored)
    }
    emulator.fail({ when: isChunk, times: Infinity, how: { first: measure } })
    await driver.put(newKey(), stream, { size: 40 * CHUNK })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(4 * CHUNK + 256 * 1024)
  })
})

describe('a busy service', () => {
  it.for([
    ['a call', isBegin],
    ['a part', isChunk],
  ] as const)('that refuses %s is waited for as long as it asks', async ([, when]) => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    const busy = { status: 429, headers: { 'retry-after': '11' }, body: { error: { code: 'activityLimitReached' } } }
    emulator.fail({ when, times: 3, how: { answer: busy } })
    await putBytes(driver, someBytes(10))
    expect(clockwork.waits).toEqual([11_000, 11_000, 11_000])
  })

  it('that stays busy is given up after some tries, and nothing is kept', async () => {
    const clockwork = fakeClockwork()
    const { driver, emulator } = await open({}, { clockwork })
    emulator.fail({ when: isChunk, times: Infinity, how: { answer: { status: 503 } } })
    await expect(putBytes(driver, someBytes(10))).rejects.toMatchObject({ code: 'storage.unavailable' })
    expect(emulator.requests.filter(({ method, path }) => method === 'PUT' && path.startsWith('/up/'))).toHaveLength(6)
    expectNoLeftovers()
  })
})

describe('a download', () => {
  it('that breaks is taken up where it ended, at a new address when the old one has ended', async () => {
    const { driver, emulator } = await open()
    const bytes = someBytes(2_000_000)
    const key = await putBytes(driver, bytes)
    emulator.fail({ when: isDownload, how: { cutAnswerAfter: 700_000 } })
    emulator.fail({ when: isDownload, how: { first: () => emulator.expireDownloads() } })
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('that never comes fails, and is no shorter object', async () => {
    const { driver, emulator } = await open()
    const key = await putBytes(driver, someBytes(2_000_000))
    emulator.fail({ when: isDownload, times: Infinity, how: { cutAnswerAfter: 0 } })
    await expect(readBytes(driver, key)).rejects.toMatchObject({ code: 'storage.unavailable' })
  })
})

describe('credentials', () => {
  it('go to Graph alone, wherever an answer points', async () => {
    const { fetch, sent } = recordingFetch()
    const { driver, emulator } = await open({ chunkSize: CHUNK }, { fetch })
    const { graph, files } = emulator.origins
    const bytes = someBytes(3 * CHUNK)
    const key = await putBytes(driver, bytes)
    emulator.fail({ when: isQuestion, how: { answer: { status: 503 } } })
    emulator.fail({ when: isChunk, how: { breakAfterBytes: 10 } })
    await putBytes(driver, bytes)
    emulator.fail({
      when: isDownload,
      how: { answer: { status: 302, headers: { location: `${files}/download/elsewhere` } } },
    })
    await readBytes(driver, key)
    const page = { status: 200, body: { value: [], '@odata.nextLink': `${files}/next` } }
    emulator.fail({ when: ({ url }) => url.pathname.includes('children'), how: { answer: page } })
    await expect(Array.fromAsync(driver.list(''))).rejects.toMatchObject({ code: 'storage.unavailable' })
    expect(sent.some(({ url }) => url.origin === files)).toBe(true)
    expect(sent.filter(({ url, authorization }) => url.origin !== graph && authorization !== null)).toEqual([])
    expect(sent.filter(({ url }) => url.pathname === '/next')).toEqual([])
  })
})

describe('names', () => {
  it('tell capitals apart, and avoid what the service refuses', async () => {
    const { driver } = await open({ root: 'Büro + Co/Archiv (1)' })
    const keys = ['Foo/a', 'foo/a', 'foo/A.', 'con/com1', 'a._vti_b/forms', 'foo/a/b'].map(toObjectKey)
    for (const [size, key] of keys.entries()) await putBytes(driver, someBytes(size + 1), key)
    const found = await Array.fromAsync(driver.list(''))
    const expected = keys.map((key, index) => ({ key, size: index + 1 }))
    expect(found.sort((a, b) => a.size - b.size)).toEqual(expected)
    for (const [size, key] of keys.entries()) expect((await readBytes(driver, key)).length).toBe(size + 1)
  })

  it('keep the service from writing into Office files', async () => {
    const { driver } = await open()
    const bytes = someBytes(1000)
    const key = await putBytes(driver, bytes, newKey('.docx'))
    expect((await readBytes(driver, key)).equals(bytes)).toBe(true)
  })

  it('of other files are not listed', async () => {
    const { driver, emulator } = await open()
    for (const path of ['holiday.jpg', 'notes.bin~', '=1.bin'])
      emulator.items.set(path, { id: path, path, bytes: Buffer.alloc(1) })
    expect(await Array.fromAsync(driver.list(''))).toEqual([])
  })
})

it('a file without a SHA-256 has no checksum', async () => {
  const { driver } = await open()
  expect(await driver.checksum?.(await putBytes(driver, someBytes(10)))).toBeNull()
})

it('free space is unknown to a consent for the folder alone', async () => {
  const { driver, emulator } = await open()
  emulator.fail({
    when: ({ url }) => url.pathname === '/v1.0/me/drive',
    times: 2,
    how: { answer: { status: 403, body: { error: { code: 'accessDenied' } } } },
  })
  expect(await driver.freeSpace?.()).toBeNull()
  await driver.check()
})
