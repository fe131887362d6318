import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceName } from '@archivolt/kit/server/service-directory'
import type { RunningVault } from '../../e2e/src/vault-process.ts'

const root = path.resolve(import.meta.dirname, '../..')
const ANSWERS_WITHIN_MS = 60_000

export interface ServiceProcess {
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts it again, on the same port and data. */
  start(): void
  /** Waits until it answers. @throws Error with its last words when it ended or takes too long */
  untilUp(): Promise<void>
  /** Whether it ended without having been killed. */
  endedByItself(): boolean
  /** What it printed since it was first started again. */
  output(): string
}

/** One service of a vault of five processes, to be killed and started again at will. */
export function serviceProcess(
  vault: RunningVault,
  name: ServiceName,
  environment: Record<string, string>,
): ServiceProcess {
  const url = vault.services[name]
  if (!url) throw new Error(`${name} is not a process of its own here`)
  const urls = Object.entries(vault.services).map(([service, at]) => [`${service.toUpperCase()}_URL`, at])
  // As startVault starts it.
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    ARCHIVOLT_DATA: vault.data,
    PUBLIC_URL: vault.url,
    DATABASE_URL: undefined,
    ...environment,
    ...Object.fromEntries(urls),
    PORT: new URL(url).port,
  }
  let printed = ''
  const running = () => vault.processes.get(name) as ChildProcess
  let killed = false
  const gone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null
  return {
    async kill() {
      const child = running()
      if (gone(child)) return
      const ended = once(child, 'exit')
      killed = true
      child.kill('SIGKILL')
      await ended
    },
    start() {
      const args = ['scripts/start-service.ts', name]
      const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      vault.processes.set(name, child)
      killed = false
    },
    async untilUp() {
      for (const deadline = Date.now() + ANSWERS_WITHIN_MS; ;) {
        const answers = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) }).then(
          (reply) => reply.ok,
          () => false,
        )
        if (answers) return
        if (gone(running())) throw new Error(`${name} ended by itself:\n${printed.slice(-3000)}`)
        if (Date.now() > deadline) throw new Error(`${name} does not answer:\n${printed.slice(-3000)}`)
        await sleep(25)
      }
    },
    endedByItself: () => !killed && gone(running()),
    output: () => printed,
  }
}
