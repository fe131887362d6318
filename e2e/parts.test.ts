import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMPLETE_UPLOAD, DOCUMENT, Person } from './src/api.ts'
import { openTestHouse } from './src/house-in-test.ts'
import { startVault, type RunningVault } from './src/vault-process.ts'

/* A large file on a bad day: parts out of order, cut off, sent twice, and the storage killed in between. */

const MIB = 1024 ** 2
const bytes = new Uint8Array(randomBytes(70 * MIB))

let vault: RunningVault
let ada: Person

beforeAll(async () => {
  vault = await startVault('one process')
  ada = await new Person(vault.url).register('Ada')
})

afterAll(async () => {
  await ada?.leave()
  await vault?.stop()
})

/** Sends the beginning of a part and hangs up. */
function cutOff(url: URL, part: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const sending = request(url, { method: 'PUT', headers: { 'content-length': String(part.length) } })
    sending.on('error', () => resolve())
    sending.write(part.subarray(0, part.length / 2), () => sending.destroy())
    sending.on('close', () => resolve())
  })
}

test('a large file goes on where it stopped and ends identical', async () => {
  const { upload } = await ada.announce('film.bin', 'application/octet-stream', bytes.length)
  expect(upload.partSize).toBe(32 * MIB)
  expect(upload.parts.map((part: { number: number }) => part.number)).toEqual([1, 2, 3])
  const part = (number: number) => bytes.subarray((number - 1) * upload.partSize, number * upload.partSize)
  const send = (number: number, body = part(number)) => ada.put(upload.parts[number - 1].url, body)
  const complete = async () => (await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload
  const arrived = async () => {
    const reply = await fetch(new URL(`${upload.url}/parts`, vault.url))
    return ((await reply.json()) as { received: { number: number }[] }).received.map(({ number }) => number)
  }

  expect((await send(3)).status).toBe(200)
  await cutOff(new URL(upload.parts[0].url, vault.url), part(1))
  expect((await send(2, part(2).subarray(1))).status, 'a byte is missing').toBe(422)
  expect((await ada.put(`${upload.url}/parts/4`, 'x')).status, 'there is no such part').toBe(404)
  expect(await arrived()).toEqual([3])
  expect((await complete()).__typename).toBe('UploadIncompleteError')

  const before = vault
  const [process_] = before.processes.values()
  process_?.kill('SIGKILL')
  vault = await startVault('one process', {}, before.data)
  const again = new Person(vault.url)
  again.token = ada.token
  ada = again
  expect(await arrived(), 'what had arrived is still there').toEqual([3])
  expect((await send(1)).status).toBe(200)
  expect((await send(2, part(3).slice(0, 0))).status).toBe(422)
  const twice = await Promise.all([send(2), send(2)])
  expect(twice.map((reply) => reply.status)).toEqual([200, 200])

  const done = await complete()
  expect(done.__typename).toBe('CompleteUploadSuccess')
  const { document } = await ada.ask(DOCUMENT, { id: done.document.id })
  expect(document.file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  const download = await fetch(new URL(document.file.download.url, vault.url))
  expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
  expect((await send(1)).status, 'a part after the end').toBe(409)

  const files = await readdir(path.join(vault.data, 'files'), { recursive: true, withFileTypes: true })
  const names = files
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.staging'))
    .map((entry) => entry.name)
  expect(names, 'the parts are cleared away').toHaveLength(2)
})

test('a large file may also come in one piece', async () => {
  const { upload } = await ada.announce('whole.bin', 'application/octet-stream', bytes.length)
  expect((await ada.put(upload.url, bytes)).status).toBe(200)
  expect((await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload.__typename).toBe(
    'CompleteUploadSuccess',
  )
})

test('a completion that died over the parts is taken up by the next', async () => {
  const house = await openTestHouse()
  try {
    const bob = await new Person(house.url).register('Bob')
    const { upload } = await bob.announce('film.bin', 'application/octet-stream', bytes.length)
    for (const { number, url } of upload.parts) {
      await bob.put(url, bytes.subarray((number - 1) * upload.partSize, number * upload.partSize))
    }
    const complete = async () => (await bob.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload
    const claimed = (lease: string) =>
      house.sql(
        'storage',
        `UPDATE uploads SET state = 'RECEIVING', key = 'a/b/dead', lease_until = now() + $1::interval`,
        [lease],
      )
    await claimed('1 minute')
    expect((await complete()).code, 'a living attempt is not disturbed').toBe('documents.upload.busy')
    await claimed('-1 minute')
    expect((await complete()).__typename).toBe('CompleteUploadSuccess')
  } finally {
    await house.stop()
  }
})
