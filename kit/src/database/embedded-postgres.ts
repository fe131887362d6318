import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from '../log/logger.ts'
import { withFileLock } from './file-lock.ts'
import { giveToRunner, nativeFolder, unprivilegedRunner, type Runner } from './postgres-programs.ts'
import { isAlive, lastPort, looksLikePostgres, runningPostmaster } from './postmaster.ts'

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

const START_TIMEOUT_MS = 60_000
const SUPERUSER = 'archivolt'
const OTHERS_LEAVE_WITHIN_MS = 3000
/** The name of the connection that counts the others; two that count at once must not count each other. */
const COUNTING = 'archivolt-stop'

/**
 * Starts PostgreSQL from npm on a free loopback port, the same as last time where it can be had, creating the cluster on
 * first use. A server that a killed process left behind on the same folder is adopted.
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
  const port = await portFor(dataDir)
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
async function createCluster(options: EmbeddedPostgresOptions, native: string, runner: Runner): Promise<void> {
  const { dataDir } = options
  // A start that was killed inside initdb leaves a half-made folder; without PG_VERSION nothing in it is worth keeping.
  rmSync(dataDir, { recursive: true, force: true })
  unprivilegedRunner(dataDir, native)
  const passwordFile = `${dataDir}.pw`
  const outputFile = `${dataDir}.init.log`
  writeFileSync(passwordFile, options.password, { mode: 0o600 })
  giveToRunner(passwordFile)
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
function urlFor(port: number, password: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
}

/** The port of the last start, where services that outlived the server look for it, unless somebody else has it now. */
async function portFor(dataDir: string): Promise<number> {
  const last = lastPort(dataDir)
  return last === null ? freePort(0) : freePort(last).catch(() => freePort(0))
}

/** `port`, or any for 0. @throws Error when it is taken */
function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
