import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { buildSchema, findBreakingChanges } from 'graphql'

const root = path.resolve(import.meta.dirname, '..')
const at =
  (file: string, ...args: string[]) =>
  () =>
    node(path.join(root, 'node_modules', file), args)

/** Everything that can be said of the code without running the vault, in the order of what is quickest to mend. */
const CHECKS: { name: string; run: () => boolean }[] = [
  { name: 'types', run: at('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit') },
  {
    name: 'types of the web client',
    run: () =>
      spawnSync('npm', ['run', 'check', '-w', 'web', '--silent'], { cwd: root, stdio: 'inherit' }).status === 0,
  },
  { name: 'lint', run: at('eslint/bin/eslint.js', '.', '--max-warnings', '0') },
  { name: 'format', run: at('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.') },
  { name: 'dead code', run: at('knip/bin/knip.js', '--no-progress') },
  {
    name: 'composition',
    run: at('vitest/vitest.mjs', 'run', '--project', 'units', '--silent', '--reporter', 'dot', 'schema'),
  },
  { name: 'breaking schema changes', run: noBreakingChanges },
]

const failed = CHECKS.filter(({ name, run }) => {
  const started = performance.now()
  const ok = run()
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`)
  return !ok
})
process.exit(failed.length ? 1 : 0)

function node(script: string, args: string[]): boolean {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0
}

/**
 * What clients see is compared with the last commit, and with the one before it where nothing is uncommitted. A
 * deliberate break is written, as printed here, into schema/contract/accepted-breaks.txt.
 */
function noBreakingChanges(): boolean {
  const now = readFileSync(path.join(root, 'schema', 'api.graphql'), 'utf8')
  const accepted = path.join(root, 'schema', 'contract', 'accepted-breaks.txt')
  const known = new Set(existsSync(accepted) ? readFileSync(accepted, 'utf8').split('\n') : [])
  const before = committed('HEAD') === now ? committed('HEAD~1') : committed('HEAD')
  if (before === null) return true
  const breaks = findBreakingChanges(buildSchema(before), buildSchema(now)).filter(
    (change) => !known.has(change.description),
  )
  for (const change of breaks) process.stdout.write(`  ${change.description}\n`)
  return breaks.length === 0
}

function committed(revision: string): string | null {
  try {
    return execFileSync('git', ['show', `${revision}:schema/api.graphql`], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return null
  }
}
