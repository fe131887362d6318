import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Redis } from 'ioredis'

/**
 * Starts a Redis server of its own for one test file, at a free port unless one is given; it keeps nothing on disk.
 * @throws when the program `redis-server` is absent.
 */
export async function startTestRedis(at?: number): Promise<{ url: string; stop(): Promise<void> }> {
  const port = at ?? (await freePort())
  const server = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  )
  await Promise.race([
    once(server, 'spawn'),
    once(server, 'error').then(([error]) => {
      throw new Error('These tests need the program redis-server (Debian: apt-get install redis-server).', {
        cause: error,
      })
    }),
  ])
  const exited = once(server, 'exit')
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  const url = `redis://127.0.0.1:${port}`
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 200 })
  probe.on('error', () => {})
  await probe.ping()
  probe.disconnect()
  return {
    url,
    async stop() {
      process.off('exit', kill)
      kill()
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
