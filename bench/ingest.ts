import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startVault } from '../e2e/src/vault-process.ts'
import { bareTools } from './ingest/bare-tools.ts'
import { findPdfs } from './ingest/pdfs.ts'
import { ingestAll } from './ingest/vault-side.ts'
import { describeMachine, loadNow } from './lib/machine.ts'
import { conclude, printTable, say } from './lib/report.ts'
import { round } from './lib/statistics.ts'
import { databasesOf } from './lib/vault-databases.ts'

const usage = `npm run bench -- ingest

Real PDFs go into a vault of one process, from the first upload until the last one is read, found and drawn; beside it
the time that pdftotext and pdftoppm need for the text and the same pictures of the same files, as many at once as
there are processors.

  --quick         20 files, in about a minute
  --files N       default: 500
  --pdfs FOLDER   default: documentation packages of Debian, fetched with apt-get into the folder for temporary files
  --previews N    documents drawn at the same time; default: 1, as in every vault`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    files: { type: 'string' },
    pdfs: { type: 'string' },
    previews: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const wanted = Number(values.files ?? (values.quick ? 20 : 500))
say(describeMachine({ tesseract: ['--version'] }))
const cache = path.join(tmpdir(), 'archivolt-bench-pdfs')
const pdfs = await findPdfs(values.pdfs ? path.resolve(values.pdfs) : null, cache, wanted)
const bytes = pdfs.reduce((sum, { size }) => sum + size, 0)
say(`sizes     ${pdfs.length} PDFs, ${(bytes / 1024 ** 2).toFixed(1)} MiB\n`)
if (pdfs.length < wanted) {
  say(`There are only ${pdfs.length} PDFs. Name a folder with more by --pdfs FOLDER.`)
  conclude({ name: 'bench ingest', ok: false, figures: { files: pdfs.length }, targets: { ended: 1 } })
  process.exit()
}

const vault = await startVault('one process', {
  LOG_LEVEL: 'error',
  OCR_LANGUAGES: 'eng',
  PREVIEW_CONCURRENCY: values.previews ?? '1',
})
// The last: npm, which started this, is gone.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void vault.stop().finally(() => process.exit(130)))
try {
  const peer = await bareTools(pdfs)
  say(`the bare tools are done, load ${loadNow()}`)
  await sleep(1000)
  const took = await ingestAll(vault.url, databasesOf(vault.data).of('documents'), pdfs, (text) =>
    say(`${text}, load ${loadNow()}`),
  )
  report(peer, took)
} finally {
  await vault.stop()
}

function report(
  peer: { textSeconds: number | null; drawSeconds: number | null },
  took: Awaited<ReturnType<typeof ingestAll>>,
): void {
  const perMinute = (seconds: number | null) => (seconds ? Math.round((pdfs.length / seconds) * 60) : null)
  const row = (what: string, seconds: number | null) => [
    what,
    seconds === null ? 'not installed' : seconds.toFixed(1),
    String(perMinute(seconds) ?? ''),
  ]
  say()
  printTable(
    ['', 'seconds', 'documents a minute'],
    [
      row('vault: uploaded', took.uploadedSeconds),
      row('vault: readable text findable', took.textSeconds),
      row('vault: READY or FAILED, scans read', took.readySeconds),
      row('vault: drawn too', took.drawnSeconds),
      row('pdftotext', peer.textSeconds),
      row('pdftoppm', peer.drawSeconds),
    ],
  )
  say(`\n${took.ready} READY, ${took.failed.length} FAILED`)
  for (const { filename, failure } of took.failed) say(`  ${filename}: ${failure}`)
  const both = (peer.textSeconds ?? 0) + (peer.drawSeconds ?? 0)
  conclude({
    name: 'bench ingest',
    ok: took.ready + took.failed.length === pdfs.length,
    figures: {
      files: pdfs.length,
      mebibytes: Math.round(bytes / 1024 ** 2),
      documentsPerMinute: perMinute(took.drawnSeconds),
      findablePerMinute: perMinute(took.textSeconds),
      readyPerMinute: perMinute(took.readySeconds),
      bareToolsPerMinute: both ? perMinute(both) : null,
      timesTheBareTools: both ? round(took.drawnSeconds / both) : null,
      failed: took.failed.length,
      ended: round((took.ready + took.failed.length) / pdfs.length, 3),
    },
    targets: { ended: 1 },
  })
}
