import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../log/logger.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { isAlive, runningPostmaster } from './postmaster.ts'

let folder: string
let dataDir: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archivolt-postgres-'))
  dataDir = path.join(folder, 'postgres')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const start = () =>
  startEmbeddedPostgres({ dataDir, password: 'secret', log: createLogger('test', { level: 'silent', pretty: false }) })

const kill = async () => {
  const pid = runningPostmaster(dataDir)?.pid as number
  process.kill(pid, 'SIGKILL')
  while (isAlive(pid)) await sleep(10)
}

test('a server that was killed comes back with its data on the port where everybody looks for it, if that is free', async () => {
  const first = await start()
  const client = new pg.Client(first.adminUrl)
  client.on('error', () => {})
  await client.connect()
  await client.query(`CREATE TABLE kept AS SELECT 'whole' AS word`)
  await client.end()
  await kill()

  const second = await start()
  expect(second.port).toBe(first.port)
  const again = new pg.Client(second.adminUrl)
  again.on('error', () => {})
  await again.connect()
  expect((await again.query('SELECT word FROM kept')).rows).toEqual([{ word: 'whole' }])
  await again.end()
  await kill()

  const stranger = createServer().listen(first.port, '127.0.0.1')
  await once(stranger, 'listening')
  const third = await start()
  expect(third.port).not.toBe(first.port)
  await third.stop()
  stranger.close()
  expect(runningPostmaster(dataDir)).toBeNull()
}, 60_000)
