import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface PlainServer {
  urlOf(name: string): string
  stop(): Promise<void>
}

/** Starts `plain-server.ts` as a process of its own, with an empty folder on the disk that the vault uses too. */
export async function startPlainServer(): Promise<PlainServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'archivolt-plain-'))
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'plain-server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    urlOf: (name) => `http://127.0.0.1:${port.toString().trim()}/${name}`,
    async stop() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}
