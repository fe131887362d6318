import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where Debian puts servers; a service's PATH often lacks the last two. */
const PLACES = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']

/** The full path of a program, or null when it is not installed. */
export function findProgram(name: string): string | null {
  for (const place of PLACES) {
    const file = path.join(place, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // The next place may have it.
    }
  }
  return null
}

/**
 * Makes sure that programs are there, and installs their Debian packages where they are not.
 * @throws Error with a sentence on what to install, when it cannot be done from here
 */
export function needPrograms(purpose: string, programs: readonly string[], packages: readonly string[]): void {
  if (programs.every(findProgram)) return
  const command = `apt-get install ${packages.join(' ')}`
  const sorry = (why: string, detail = '') =>
    new Error(`${purpose} needs programs that are missing. ${why} (Debian: ${command})${detail}`)
  if (!findProgram('apt-get')) throw sorry('They are installed by themselves on Debian alone.')
  if (process.getuid?.() !== 0) throw sorry('Only root may install them.')

  process.stderr.write(`Installing ${packages.join(', ')} …\n`)
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    })
  // A list of packages that is a day old may name versions that are gone.
  apt('update')
  const { status, stderr } = apt('install', '-y', '--no-install-recommends', ...packages)
  if (status !== 0 || !programs.every(findProgram)) throw sorry('Installing them failed.', `\n${stderr}`)
}
