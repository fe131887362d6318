import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRealS3, type RealS3 } from '../scripts/real/s3.ts'
import { COMPLETE_UPLOAD, DOCUMENT, Person } from './src/api.ts'
import { keystream } from './src/keystream.ts'
import { ADMIN, startVault, type RunningVault } from './src/vault-process.ts'

/* 2 GiB on the worst day there is: the client killed, the vault killed, the network cut, and the vault once more. */

const SIZE = 2 * 1024 ** 3
const NETWORK = { ALLOWED_NETWORKS: '127.0.0.0/8' }
const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  __typename ... on AddStorageBackendSuccess { backend { id } } ... on Error { message } } }`
const CONFIGURE = 'mutation ($input: ConfigureStorageInput!) { configureStorage(input: $input) { __typename } }'

let folder: string
let s3: RealS3
let vault: RunningVault | undefined

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archivolt-large-'))
  s3 = await startRealS3()
}, 180_000)

afterEach(async () => {
  await vault?.stop()
  vault = undefined
})

afterAll(async () => {
  await s3?.stop()
  await rm(folder, { recursive: true, force: true })
})

test.each(['local disk', 'S3'])(
  '2 GiB, interrupted five times, go on where they stopped and end identical: %s',
  async (place) => {
    const seedFile = path.join(folder, 'seed')
    const seed = randomBytes(16)
    await writeFile(seedFile, seed)
    vault = await startVault('one process', NETWORK)
    const ada = await signIn(vault)
    if (place === 'S3') await useBucket(ada)

    const { upload } = await ada.announce('film.bin', 'application/octet-stream', SIZE)
    const arrived = async () => {
      const reply = await fetch(new URL(`${upload.url}/parts`, vault?.url))
      return ((await reply.json()) as { received: unknown[] }).received.length
    }
    const untilArrived = async (count: number) => {
      for (let tries = 0; (await arrived()) < count; tries++) {
        if (tries > 3000) throw new Error(`${count} parts did not arrive`)
        await sleep(20)
      }
    }
    const send = (origin: string) =>
      spawn(
        process.execPath,
        [
          path.join(import.meta.dirname, 'src', 'part-sender.ts'),
          ...[origin + upload.url, String(upload.partSize), String(SIZE), seedFile],
        ],
        { stdio: 'ignore' },
      )
    const killVault = async () => {
      if (!vault) throw new Error('no vault')
      const [running] = vault.processes.values()
      const ended = once(running as NonNullable<typeof running>, 'exit')
      running?.kill('SIGKILL')
      await ended
      vault = await startVault('one process', NETWORK, vault.data)
    }

    // 1: the client is killed in the middle of a part.
    let sender = send(vault.url)
    await untilArrived(10)
    sender.kill('SIGKILL')
    await once(sender, 'exit')
    expect(await arrived()).toBeLessThan(64)

    // 2: the vault is killed while parts come in.
    sender = send(vault.url)
    await untilArrived(22)
    let failed = once(sender, 'exit')
    await killVault()
    expect((await failed)[0], 'the client noticed').not.toBe(0)
    expect(await arrived(), 'what had arrived is still there').toBeGreaterThanOrEqual(22)

    // 3: the network between them is cut.
    const network = await startNetwork(Number(new URL(vault.url).port))
    sender = send(network.url)
    await untilArrived(36)
    failed = once(sender, 'exit')
    await network.cut()
    expect((await failed)[0]).not.toBe(0)

    // 4: the client is killed again, and the rest arrives.
    sender = send(vault.url)
    await untilArrived(48)
    sender.kill('SIGKILL')
    await once(sender, 'exit')
    sender = send(vault.url)
    expect((await once(sender, 'exit'))[0]).toBe(0)
    expect(await arrived()).toBe(64)

    // 5: the vault is killed while it puts the parts together.
    const complete = async () => {
      const person = await signIn(vault as RunningVault)
      return (await person.send(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).data?.completeUpload
    }
    const cut = complete().catch(() => undefined)
    await sleep(500)
    await killVault()
    await cut

    let done = await complete()
    for (let tries = 0; done?.__typename !== 'CompleteUploadSuccess'; tries++) {
      // The dead attempt holds the upload until its lease is over.
      if (tries > 120) throw new Error(JSON.stringify(done))
      await sleep(1000)
      done = await complete()
    }
    const reader = await signIn(vault)
    const { document } = await reader.ask(DOCUMENT, { id: done.document.id })
    const expected = hashOf(seed)
    expect(document.file).toMatchObject({ size: SIZE, sha256: expected })
    const hash = createHash('sha256')
    const download = await fetch(new URL(document.file.download.url, vault.url))
    for await (const chunk of download.body as unknown as AsyncIterable<Uint8Array>) hash.update(chunk)
    expect(hash.digest('hex')).toBe(expected)
  },
  400_000,
)

const signIn = (running: RunningVault) => new Person(running.url).signIn(ADMIN)

async function useBucket(admin: Person): Promise<void> {
  const { addStorageBackend } = await admin.ask(ADD, {
    input: { name: 'Bucket', driver: 'S3', config: { s3: s3.config } },
  })
  await admin.ask(CONFIGURE, { input: { backendId: addStorageBackend.backend.id } })
}

function hashOf(seed: Buffer): string {
  const bytes = keystream(seed)
  const hash = createHash('sha256')
  const step = 8 * 1024 ** 2
  for (let at = 0; at < SIZE; at += step) hash.update(bytes(at, step))
  return hash.digest('hex')
}

/** A way to a port that can be cut. */
async function startNetwork(port: number): Promise<{ url: string; cut(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
