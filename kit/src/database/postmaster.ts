import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface Postmaster {
  pid: number
  port: number
}

/** What `postmaster.pid` says, when the process it names is alive (its lines: postgresql.org/docs, storage-file-layout). */
export function runningPostmaster(dataDir: string): Postmaster | null {
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

/** The port of the last start on this folder, or null. `postmaster.opts` is its command line and outlives the server. */
export function lastPort(dataDir: string): number | null {
  try {
    const port = Number(/"port=(\d+)"/.exec(readFileSync(path.join(dataDir, 'postmaster.opts'), 'utf8'))?.[1])
    return port > 0 && port < 65_536 ? port : null
  } catch {
    return null
  }
}

/** Whether the process is a PostgreSQL server; a pid may have been used again for something else. */
export function looksLikePostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    return process.platform !== 'linux'
  }
}
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie answers signals; it holds nothing any more.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
