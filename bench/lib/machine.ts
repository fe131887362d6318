import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const GIB = 1024 ** 3

/** What was measured, on what: the lines every bench and drill begins with. `programs` are asked for their versions. */
export function describeMachine(programs: Record<string, readonly string[]> = {}): string {
  const versions = Object.entries(programs).map(([program, args]) => firstLineOf(program, args))
  return [
    `machine   ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${(totalmem() / GIB).toFixed(1)} GiB (${(freemem() / GIB).toFixed(1)} free), load ${loadNow()}`,
    `system    ${firstLineOf('uname', ['-sr'])}, ${systemName()}`,
    `versions  ${[`Archivolt ${revision()}`, `Node ${process.version}`, ...versions].join(', ')}`,
  ].join('\n')
}

/** The load of the last minute: what others did with this machine meanwhile. */
export function loadNow(): string {
  return (loadavg()[0] ?? 0).toFixed(1)
}

/** The first line of what a program prints, or that it is missing. */
export function firstLineOf(program: string, args: readonly string[]): string {
  try {
    const output = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    })
    return output.split('\n', 1)[0]?.trim() ?? program
  } catch {
    return `no ${program}`
  }
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}

function revision(): string {
  const found = firstLineOf('git', ['-C', root, 'describe', '--always', '--dirty'])
  return found.startsWith('no ') ? 'of an unknown revision' : found
}
