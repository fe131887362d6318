#!/usr/bin/env node
// The one entry of every npm command. It runs on whatever Node started npm (20.19 or later), needs no dependency,
// installs what is missing, and hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = path.join(root, 'node_modules', '.bin')
const pinnedNode = path.join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
const SERVICES = ['identity', 'documents', 'storage', 'ai']

const [command = 'start', ...args] = process.argv.slice(2)
const env = {
  ...process.env,
  PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
  APOLLO_TELEMETRY_DISABLED: 'true',
}

install()
generate()

const module_ = (...segments) => path.join(root, 'node_modules', ...segments)
const commands = {
  start: () => [['scripts/start.ts', ...args]],
  dev: () => [['--watch', 'scripts/start.ts', ...args]],
  service: () => [['scripts/start-service.ts', ...args]],
  bench: () => [[oneOf('bench'), ...args.slice(1)]],
  drill: () => [[oneOf('drills'), ...args.slice(1)]],
  'main-job': () => [['scripts/main-job.ts', ...args]],
  import: () => [['scripts/import.ts', ...args]],
  'audit:verify': () => [['scripts/audit-verify.ts', ...args]],
  schema: () => [['schema/write.ts', ...args]],
  generate: () => [],
  // Tests with real servers are a command of their own: these need nothing but npm.
  test: () => [
    [module_('vitest', 'vitest.mjs'), 'run', ...(args.includes('--project') ? [] : ['--project', '!real']), ...args],
  ],
  'test:real': () => [[module_('vitest', 'vitest.mjs'), 'run', '--project', 'real', ...args]],
  check: () => [['scripts/check.ts', ...args]],
}
const steps = commands[command]?.()
if (!steps) {
  console.error(`There is no command "${command}". There are: ${Object.keys(commands).join(', ')}.`)
  process.exit(1)
}
for (const step of steps) {
  const code = await run(step)
  if (code !== 0) process.exit(code)
}

/** The program of a folder that the first argument names. */
function oneOf(folder) {
  const names = readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
  if (names.includes(args[0])) return `${folder}/${args[0]}.ts`
  console.error(`Say which: ${names.join(', ')}.`)
  process.exit(1)
}

/** Installs the locked dependencies when they are missing or the lock has changed; launchers at once take turns. */
function install() {
  const lock = path.join(root, '.installing')
  for (let waited = 0; !isInstalled(); waited++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch {
      if (waited === 0) console.log('Waiting for another Archivolt command that installs dependencies …')
      if (!isRunning(Number(readQuietly(lock)))) rmSync(lock, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
      continue
    }
    try {
      installNow()
    } finally {
      rmSync(lock, { force: true })
    }
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function readQuietly(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function isInstalled() {
  const stamp = path.join(root, 'node_modules', '.installed')
  return existsSync(pinnedNode) && readQuietly(stamp) === digest([path.join(root, 'package-lock.json')])
}

function installNow() {
  const stamp = path.join(root, 'node_modules', '.installed')
  const wanted = digest([path.join(root, 'package-lock.json')])
  console.log('Installing dependencies …')
  const npm = process.env.npm_execpath
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const quiet = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(program, [...first, ...quiet], { cwd: root, stdio: 'inherit', env: process.env })
  if (status !== 0) {
    console.error('The dependencies could not be installed. Is the npm registry reachable?')
    rmSync(path.join(root, '.installing'), { force: true })
    process.exit(status ?? 1)
  }
  writeFileSync(stamp, wanted)
}

/** Generates the Prisma clients of schemas that have changed. */
function generate() {
  const cli = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
  for (const service of SERVICES) {
    const folder = path.join(root, 'subgraphs', service)
    const stamp = path.join(folder, 'prisma', 'client', '.generated')
    const wanted = digest([path.join(folder, 'prisma', 'schema.prisma'), path.join(root, 'package-lock.json')])
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue
    const { status, stderr, stdout } = spawnSync(pinnedNode, [cli, 'generate'], {
      cwd: folder,
      env: { ...env, CHECKPOINT_DISABLE: '1' },
      encoding: 'utf8',
    })
    if (status !== 0) {
      console.error(stdout, stderr)
      process.exit(status ?? 1)
    }
    writeFileSync(stamp, wanted)
  }
}

function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex')
}

/**
 * Runs the pinned Node to its end, with a channel by which it notices that this launcher is gone, however it ended.
 * Ctrl-C reaches both, as the terminal's foreground group; a signal to this launcher alone is passed on.
 */
function run(step) {
  return new Promise((resolve) => {
    const child = spawn(pinnedNode, step, { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
    const passOn = (signal) => child.kill(signal)
    process.on('SIGTERM', passOn)
    process.on('SIGINT', () => {})
    process.on('SIGHUP', passOn)
    // npm killed outright leaves this launcher, or the shell between them, to another parent: the vault must not
    // outlive the command that started it.
    const launchedBy = ancestors()
    const watch = setInterval(() => {
      if (ancestors() !== launchedBy) child.kill('SIGTERM')
    }, 500)
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      resolve(code ?? (signal ? 1 : 0))
    })
  })
}

/** The parent and, where the system tells, its parent: npm itself, since npm runs commands in a shell. */
function ancestors() {
  if (!process.env.npm_lifecycle_event) return ''
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    // The second field is a name that may hold spaces and parentheses; the parent comes second after it.
    const grandparent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    return `${process.ppid} ${grandparent}`
  } catch {
    return String(process.ppid)
  }
}
