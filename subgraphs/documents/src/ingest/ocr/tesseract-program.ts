import { execFile, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Bitmap } from '../extract/pdf.ts'
import { ReaderBroke, Unreadable } from '../extract/unreadable.ts'
import { withSecondLook } from './second-look.ts'

interface Environment {
  PATH: string
  TESSDATA_PREFIX?: string
}

/** A page of the densest print takes a tenth of it on a slow machine. */
const PAGE_MS = 3 * 60_000
const LIST_MS = 10_000
const MAX_OUTPUT = 4 * 1024 ** 2
const NICENESS = 15

/** The languages of the installed program; none where it is not installed. */
export async function installedLanguages(environment: Environment): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>()
  execFile('tesseract', ['--list-langs'], { env: { ...environment }, timeout: LIST_MS }, (error, stdout, stderr) => {
    // Version 3 lists them on stderr.
    const names = `${stdout}\n${stderr}`.split('\n').filter((line) => /^[a-z]{3}(_\w+)?$/i.test(line))
    resolve(error ? [] : names)
  })
  return promise
}

interface Options {
  languages: readonly string[]
  environment: Environment
}

/**
 * The text of a page, by the program: the picture goes in and the text comes out by pipes, no file is made.
 * @throws Unreadable when it takes too long or fails, ReaderBroke when it was ended from outside
 */
export async function recogniseWithProgram(bitmap: Bitmap, options: Options, signal: AbortSignal): Promise<string> {
  return withSecondLook((mode) => run(bitmap, options, mode, signal))
}

async function run(
  bitmap: Bitmap,
  { languages, environment }: Options,
  mode: string,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const timeout = AbortSignal.timeout(PAGE_MS)
  const child = spawn('tesseract', ['stdin', 'stdout', '-l', languages.join('+'), '--dpi', '300', '--psm', mode], {
    // Its own threads only get into each other's way: pages are what is done at the same time.
    env: { ...environment, OMP_THREAD_LIMIT: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
    signal: AbortSignal.any([signal, timeout]),
    killSignal: 'SIGKILL',
  })
  try {
    if (child.pid) setPriority(child.pid, NICENESS)
  } catch {
    // It ended at once.
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const parts: Buffer[] = []
  let size = 0
  child.stdout.on('data', (part: Buffer) => {
    size += part.length
    if (size <= MAX_OUTPUT) parts.push(part)
  })
  child.on('error', reject)
  child.on('close', (code, killed) => {
    if (killed) reject(new ReaderBroke({ cause: new Error(`tesseract was ended by ${killed}`) }))
    else if (code === 0) resolve(Buffer.concat(parts).toString('utf8').replaceAll('\f', ''))
    else reject(new Error(`tesseract ended with ${code}`))
  })
  // It may end without reading to the end; `close` tells.
  child.stdin.on('error', () => {})
  child.stdin.write(`P5\n${bitmap.width} ${bitmap.height}\n255\n`)
  child.stdin.end(bitmap.data)
  try {
    return await promise
  } catch (error) {
    signal.throwIfAborted()
    if (timeout.aborted) throw new Unreadable('Reading a scanned page takes too long.', { cause: error })
    if (error instanceof ReaderBroke) throw error
    throw new Unreadable('A scanned page cannot be read.', { cause: error })
  }
}
