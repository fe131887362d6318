import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Transfer {
  url: string
  /** The file to send; without it the address is read, and what comes is thrown away. */
  send?: string
}

export interface CurlOptions {
  headers?: readonly string[]
  /** Further options of curl, by their long names, such as `user`. */
  options?: Record<string, string>
  /** Transfers at once. */
  parallel: number
}

/** Runs transfers in one curl. @returns seconds, from its start to its end. @throws Error unless all were answered 2xx */
export async function curl(
  transfers: readonly Transfer[],
  { headers = [], options = {}, parallel }: CurlOptions,
): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'archivolt-curl-'))
  try {
    const file = path.join(folder, 'config')
    const common = headers.map((header) => line('header', header))
    // Where a server gives no leave to send large bodies, curl would wait a second for it.
    const given = Object.entries({ 'expect100-timeout': '0.01', ...options }).map(([name, value]) => line(name, value))
    const each = transfers.flatMap(({ url, send }) => [
      line('url', url),
      line('output', '/dev/null'),
      ...(send ? [line('upload-file', send)] : []),
    ])
    const write = line('write-out', '%{http_code}\\n')
    await writeFile(file, [...common, ...given, write, ...each].join('\n'))
    return await run(
      ['-sS', ...(transfers.length > 1 ? ['-Z', '--parallel-max', String(parallel)] : []), '-K', file],
      transfers.length,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

const line = (name: string, value: string): string => `${name} = "${value.replace(/"/g, '\\"')}"`

async function run(args: readonly string[], expected: number): Promise<number> {
  const started = performance.now()
  const child = spawn('curl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let codes = ''
  let problem = ''
  child.stdout.on('data', (chunk: Buffer) => (codes += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (problem += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - started) / 1000
  const good = codes.split('\n').filter((status) => /^2\d\d$/.test(status)).length
  if (code !== 0 || good !== expected)
    throw new Error(
      `curl ended with ${code}; ${good} of ${expected} transfers went well. ${problem.slice(0, 500)} ${codes.slice(0, 200)}`,
    )
  return seconds
}
