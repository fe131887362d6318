import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MS = 120_000

/**
 * Runs `work` while no other process of this machine does so under the same lock file. A lock whose process has died
 * is taken over.
 * @throws Error naming the process that holds the lock for longer than two minutes
 */
export async function withFileLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(path.dirname(file), { recursive: true })
  const deadline = Date.now() + WAIT_MS
  while (!take(file)) {
    const holder = holderOf(file)
    if (holder === null || !isRunning(holder)) rmSync(file, { force: true })
    else if (Date.now() > deadline)
      throw new Error(`Process ${holder} holds ${file}. If it is not Archivolt, delete that file and start again.`)
    else await sleep(50)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function holderOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // Between its making and its writing a lock is empty: its maker is about to fill it.
    return pid > 0 ? pid : process.ppid
  } catch {
    return null
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
