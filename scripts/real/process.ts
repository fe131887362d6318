import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from './debian.ts'

export interface Daemon {
  /** The last lines it wrote, for a sentence on why it does not answer. */
  output(): string
  exited(): boolean
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
  /** Ends it with all its children as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
}

export interface DaemonOptions {
  env?: Record<string, string>
  /** How it is asked to end. What has children of its own needs SIGTERM to take them along. */
  stopSignal?: 'SIGTERM' | 'SIGKILL'
}

/** Runs a server in the foreground, so that it ends with this process, however that ends. */
export function startDaemon(
  program: string,
  args: readonly string[],
  { env, stopSignal = 'SIGKILL' }: DaemonOptions = {},
): Daemon {
  const file = findProgram(program)
  if (!file) throw new Error(`The program ${program} is missing.`)
  // The kernel sends the signal when the parent is gone, even if it was killed outright.
  const child = spawn('setpriv', ['--pdeathsig', stopSignal.slice(3), file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let tail = ''
  const keep = (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-4000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => (tail += error.message))
  const kill = () => child.kill(stopSignal)
  process.once('exit', kill)
  const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  return {
    output: () => tail,
    exited: gone,
    async stop() {
      process.off('exit', kill)
      if (gone()) return
      const exit = once(child, 'exit')
      kill()
      const force = setTimeout(() => child.kill('SIGKILL'), 5000)
      await exit
      clearTimeout(force)
    },
    async kill() {
      process.off('exit', kill)
      if (gone()) return
      const exit = once(child, 'exit')
      killTree(child.pid as number)
      await exit
    },
  }
}

/** SIGKILL for a process and all that it has started: stopped first, so that it starts no more meanwhile. */
export function killTree(pid: number): void {
  signal(pid, 'SIGSTOP')
  const children = readChildren(pid)
  signal(pid, 'SIGKILL')
  for (const child of children) killTree(child)
}

function readChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until `ready` says so. @throws Error with the server's last words, when it ends or takes longer than `seconds` */
export async function waitUntil(
  what: string,
  daemon: Daemon,
  ready: () => Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await ready().catch(() => false))) {
    if (daemon.exited()) throw new Error(`${what} ended before it was ready.\n${daemon.output()}`)
    if (Date.now() > end) throw new Error(`${what} was not ready after ${seconds} s.\n${daemon.output()}`)
    await sleep(100)
  }
}

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** An empty folder of its own. Its path is short, for the sockets that servers put there. */
export async function scratchFolder(name: string): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`))
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) }
}
