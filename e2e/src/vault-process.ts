import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVICES, type ServiceName } from '@archivolt/kit/server/service-directory'

export const MODES = ['one process', 'five processes'] as const
export type Mode = (typeof MODES)[number]

export const ADMIN = { email: 'admin@example.org', password: 'Correct-Horse-Battery-9' }

export interface RunningVault {
  /** The public door, without a trailing slash. */
  url: string
  /** Where each service listens, in the mode where they are processes of their own. */
  services: Partial<Record<ServiceName, string>>
  data: string
  /** The processes, by name; `all` in one process. */
  processes: Map<string, ChildProcess>
  /** Everything they have printed. */
  output(): string
  /** Starts one more process of a service that is a process of its own, on the same data, and waits until it answers. */
  add(name: ServiceName): Promise<ChildProcess>
  /** Ends all processes as Ctrl-C does and removes the data. */
  stop(options?: { keepData?: boolean }): Promise<void>
}

const root = path.resolve(import.meta.dirname, '../..')
const READY_WITHIN_MS = 90_000

/** Starts a whole vault as its operator would, on free ports and in a folder of its own, and waits until it is ready. */
export async function startVault(mode: Mode, extra: Record<string, string> = {}, data?: string): Promise<RunningVault> {
  const folder = data ?? (await mkdtemp(path.join(tmpdir(), 'archivolt-e2e-')))
  const [port, ...inner] = (await freePorts(1 + SERVICES.length)) as [number, ...number[]]
  const url = `http://localhost:${port}`
  const env: Record<string, string | undefined> = {
    ...process.env,
    NODE_ENV: 'development',
    ARCHIVOLT_DATA: folder,
    PUBLIC_URL: url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    // Nobody outside is asked while tests run.
    PWNED_PASSWORDS_URL: 'off',
    LOG_LEVEL: 'info',
    DATABASE_URL: undefined,
    ...extra,
  }
  let printed = ''
  const processes = new Map<string, ChildProcess>()
  const start = (name: string, args: string[], own: Record<string, string>) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += `[${name}] ${chunk}`))
    processes.set(name, child)
    return child
  }
  const services: Partial<Record<ServiceName, string>> = {}
  const urls: Record<string, string> = {}
  if (mode === 'one process') {
    start('all', ['scripts/start.ts'], { PORT: String(port) })
  } else {
    const ports = new Map(SERVICES.map((name, at) => [name, inner[at]]))
    for (const name of SERVICES) {
      services[name] = `http://127.0.0.1:${ports.get(name)}`
      urls[`${name.toUpperCase()}_URL`] = services[name]
    }
    for (const name of SERVICES)
      start(name, ['scripts/start-service.ts', name], { ...urls, PORT: String(ports.get(name)) })
    start('gateway', ['scripts/start-service.ts', 'gateway'], { ...urls, PORT: String(port) })
  }
  const vault: RunningVault = {
    url,
    services,
    data: folder,
    processes,
    output: () => printed,
    async add(name) {
      if (!services[name]) throw new Error(`${name} is not a process of its own here`)
      const own = await freePort()
      const called = `${name} ${processes.size}`
      const child = start(called, ['scripts/start-service.ts', name], { ...urls, PORT: String(own) })
      await untilAnswering(`http://127.0.0.1:${own}/health`, vault)
      return child
    },
    async stop({ keepData = false } = {}) {
      await Promise.all([...processes.values()].map(interrupt))
      if (!keepData) await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await untilAnswering(`${url}/health/ready`, vault)
  } catch (error) {
    await vault.stop()
    throw error
  }
  return vault
}

async function untilAnswering(address: string, vault: RunningVault): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    const dead = [...vault.processes].find(([, child]) => child.exitCode !== null)
    if (dead) throw new Error(`${dead[0]} ended while starting:\n${vault.output()}`)
    const ready = await fetch(address).then(
      (reply) => reply.ok,
      () => false,
    )
    if (ready) return
    if (Date.now() > deadline) throw new Error(`the vault was not ready in time:\n${vault.output()}`)
    await sleep(100)
  }
}

async function interrupt(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(patience)
}

/** One free loopback port. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number
}

/** Free loopback ports, all different: each is held until all are known. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
