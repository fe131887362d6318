import { createHash } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { importFolder, type Progress } from './import/import-folder.ts'
import { openJournal } from './import/journal.ts'
import { openSession, type Account } from './import/session.ts'
import { createSorting } from './import/sorting.ts'

const usage = `npm run import -- FOLDER

Puts every file below a folder into a running vault. What was interrupted goes on when the same command is given again.
A report has a line for every file: imported, duplicate, refused or failed, with the reason.
Exits 0 when every file is in the vault, 1 otherwise, 130 when it was interrupted.

  --url URL            default: PUBLIC_URL or http://localhost:4000
  --email, --password  default: ADMIN_EMAIL, ADMIN_PASSWORD
  --token TOKEN        an API token that may documents:read and documents:write, instead of a password
  --topics             each document gets the names of its folders as topics
  --categories         each document goes into a category for its folder; missing ones are made
  --duplicates         sends files also where the vault has the same bytes already
  --concurrency N      files at a time, 1 to 16; default: 4
  --report FILE        default: ARCHIVOLT_DATA/imports/FOLDER.tsv; beside it lies the journal by which an import goes on
  --again              forgets what an earlier import of this folder has noted`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    email: { type: 'string' },
    password: { type: 'string' },
    token: { type: 'string' },
    topics: { type: 'boolean' },
    categories: { type: 'boolean' },
    duplicates: { type: 'boolean' },
    concurrency: { type: 'string' },
    report: { type: 'string' },
    again: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const fail = (text: string): never => {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
if (values.help || positionals.length !== 1) {
  say(usage)
  process.exit(values.help ? 0 : 1)
}
const folder = path.resolve(positionals[0] as string)
if (!(await stat(folder).catch(() => null))?.isDirectory()) fail(`${folder} is not a folder.`)
const concurrency = Number(values.concurrency ?? 4)
if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 16)
  fail('--concurrency is a number from 1 to 16.')
const url = (values.url ?? process.env.PUBLIC_URL ?? `http://localhost:${process.env.PORT ?? '4000'}`).replace(
  /\/$/,
  '',
)
const email = values.email ?? process.env.ADMIN_EMAIL ?? 'admin@archivolt.local'
const password = values.password ?? process.env.ADMIN_PASSWORD ?? ''
if (!values.token && !password) fail('Give a token or a password: ADMIN_PASSWORD=… npm run import -- FOLDER')
const account: Account = values.token ? { token: values.token } : { email, password }

const interrupted = new AbortController()
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => interrupted.abort(new Error('interrupted')))

const session = await openSession(url, account, interrupted.signal).catch((error: Error) =>
  fail(error.cause ? `${url} does not answer.` : error.message),
)
const report = path.resolve(values.report ?? defaultReport())
const journalFile = `${report}.journal`
if (values.again) await rm(journalFile, { force: true })
const journal = await openJournal(journalFile)
const progress: Progress = { seen: 0, total: 0, bytes: 0, totalBytes: 0, counted: false, before: 0 }
const began = performance.now()
const timer = setInterval(tell, process.stdout.isTTY ? 500 : 10_000)
try {
  await importFolder({
    ...{ folder, concurrency, journal, session, progress, signal: interrupted.signal },
    duplicates: values.duplicates ?? false,
    sorting: createSorting(session, { topics: values.topics ?? false, categories: values.categories ?? false }),
  })
} finally {
  clearInterval(timer)
  await journal.close()
}
tell()
if (process.stdout.isTTY) say('')
const counts = await journal.report(report)
say(
  `${counts.imported} imported, ${counts.duplicate} duplicates, ${counts.refused} refused, ${counts.failed} failed` +
    (progress.before ? `; ${progress.before} of them done before` : ''),
)
say(`report: ${report}`)
if (interrupted.signal.aborted) say('Interrupted. Give the same command again to go on.')
process.exit(interrupted.signal.aborted ? 130 : counts.refused + counts.failed > 0 ? 1 : 0)

function tell(): void {
  const seconds = (performance.now() - began) / 1000
  const mebibytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
  const rate = progress.seen > 0 ? `, ${(progress.seen / seconds).toFixed(1)} files a second` : ''
  const total = progress.counted ? String(progress.total) : `${progress.total} or more`
  const line = `${progress.seen} of ${total} files, ${mebibytes(progress.bytes)} of ${mebibytes(progress.totalBytes)}${rate}`
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
}

/** One for each folder, vault and account. */
function defaultReport(): string {
  const data = process.env.ARCHIVOLT_DATA ?? './data'
  const who = createHash('sha256')
    .update([folder, url, values.token ? '' : email].join('\n'))
    .digest('hex')
    .slice(0, 8)
  return path.join(data, 'imports', `${path.basename(folder).replace(/[^\w.-]+/g, '_') || 'root'}-${who}.tsv`)
}
