import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const web = path.join(root, 'web')
const stamp = path.join(web, 'dist', '.built')

/** Builds the web client unless its sources are the ones last built. @throws Error with the builder's output */
export async function buildWeb(): Promise<void> {
  const wanted = digest()
  if (lastBuilt() === wanted) return
  process.stdout.write('Building the web client …\n')
  await run()
  writeFileSync(stamp, wanted)
}

function lastBuilt(): string | null {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return null
  }
}

function digest(): string {
  const hash = createHash('sha256')
  const files = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/[\\/](node_modules|dist|\.cache)[\\/]/.test(file))
  for (const file of [
    ...files.sort(),
    path.join(root, 'package-lock.json'),
    path.join(root, 'schema', 'api.graphql'),
  ]) {
    hash.update(path.relative(root, file)).update(readFileSync(file))
  }
  return hash.digest('hex')
}

function run(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
      { cwd: web, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk))
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The web client could not be built:\n${output.slice(-4000)}`)),
    )
  })
}
