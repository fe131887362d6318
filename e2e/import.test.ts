import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'

let house: TestHouse
let folder: string
let person: Person
let email: string
/** What `register` gives to everybody. */
const PASSWORD = 'A-long-enough-password-1'

beforeAll(async () => {
  house = await openTestHouse()
})
afterAll(() => house.stop())
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archivolt-import-'))
  person = await new Person(house.url).register('Importer')
  email = (await person.ask('{ me { email } }')).me.email
  return () => rm(folder, { recursive: true, force: true })
})

const files = async (made: Record<string, string>): Promise<void> => {
  for (const [name, content] of Object.entries(made)) {
    await mkdir(path.dirname(path.join(folder, 'in', name)), { recursive: true })
    await writeFile(path.join(folder, 'in', name), content)
  }
}

function start(...more: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; output: string }> } {
  const report = path.join(folder, 'report.tsv')
  const account = ['--url', house.url, '--email', email, '--password', PASSWORD]
  const child = spawn(
    process.execPath,
    ['scripts/import.ts', path.join(folder, 'in'), ...account, '--report', report, ...more],
    { cwd: path.resolve(import.meta.dirname, '..'), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) }
}

const report = async (): Promise<Record<string, string>> => {
  const [, ...lines] = (await readFile(path.join(folder, 'report.tsv'), 'utf8')).trimEnd().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [outcome, name, , reason] = line.split('\t')
      return [name, [outcome, reason].filter(Boolean).join(': ')]
    }),
  )
}

const names = async (): Promise<string[]> => {
  const { documents } = await person.ask('{ documents(first: 100) { edges { node { filename } } } }')
  return documents.edges.map((edge: { node: { filename: string } }) => edge.node.filename).toSorted()
}

test('a folder goes in, and the report has a line for every file with its reason', async () => {
  await files({
    'a.txt': 'alpha',
    'sub/b.txt': 'beta',
    'sub/deeper/Größe ü.txt': 'gamma',
    'copy of a.txt': 'alpha',
    'empty.txt': '',
    '=formula.txt': 'delta',
    'program.exe': 'MZ',
    'Thumbs.db': 'x',
  })
  await symlink('a.txt', path.join(folder, 'in', 'link.txt'))
  const { code, output } = await start('--topics', '--categories', '--concurrency', '2').ended
  expect(output).toMatch(/5 imported|4 imported/)
  expect(code).toBe(1)
  const lines = await report()
  expect(lines['sub/b.txt']).toBe('imported')
  expect(lines['sub/deeper/Größe ü.txt']).toBe('imported')
  expect(lines["'=formula.txt"]).toBe('imported')
  expect([lines['a.txt'], lines['copy of a.txt']].toSorted()).toEqual([
    expect.stringMatching(/^duplicate: the same as /),
    'imported',
  ])
  expect(lines['empty.txt']).toBe('refused: it is empty')
  expect(lines['link.txt']).toMatch(/^refused: it is a link/)
  expect(lines['Thumbs.db']).toMatch(/^refused/)
  expect(Object.keys(lines)).toHaveLength(9)
  const { documents } = await person.ask(
    '{ documents(first: 10) { edges { node { filename topics { topic { name } } category { name } } } } }',
  )
  const deep = documents.edges.find((edge: { node: { filename: string } }) => edge.node.filename === 'Größe ü.txt')
  expect(deep.node.category).toEqual({ name: 'deeper' })
  expect(deep.node.topics.map((held: { topic: { name: string } }) => held.topic.name).toSorted()).toEqual([
    'deeper',
    'sub',
  ])

  const again = await start().ended
  expect(again.output).toMatch(/of them done before/)
  expect((await names()).filter((name) => name === 'b.txt')).toHaveLength(1)
})

test('bytes that the vault has already are told as duplicates, also without the journal', async () => {
  await files({ 'one.txt': 'only once' })
  expect((await start().ended).code).toBe(0)
  const { code } = await start('--again').ended
  expect(code).toBe(0)
  expect((await report())['one.txt']).toBe('duplicate: it is in the vault already')
  expect(await names()).toEqual(['one.txt'])
})

test('an import that is killed goes on, and every file is there once', async () => {
  await files(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`d${at % 7}/file-${at}.txt`, `content ${at}`])))
  for (let kill = 0; kill < 3; kill++) {
    const { child, ended } = start()
    const before = (await names()).length
    while ((await names()).length < before + 8) await sleep(20)
    child.kill('SIGKILL')
    await ended
  }
  const { code, output } = await start().ended
  expect(code, output).toBe(0)
  const there = (await names()).filter((name) => name.startsWith('file-'))
  expect(new Set(there).size).toBe(60)
  const { documents } = await person.ask(
    '{ documents(first: 100) { edges { node { filename status duplicates { id } } } } }',
  )
  const complete = documents.edges.filter((edge: { node: { status: string } }) => edge.node.status !== 'UPLOADING')
  expect(complete).toHaveLength(60)
  expect(Object.values(await report()).every((line) => line === 'imported')).toBe(true)
})

test('a wrong password, a missing folder and a vault that is away end at once', async () => {
  await files({ 'a.txt': 'a' })
  expect(await start('--password', 'wrong-password-here').ended).toMatchObject({ code: 1 })
  expect((await start('--url', 'http://127.0.0.1:9').ended).output).toMatch(/does not answer/)
})
