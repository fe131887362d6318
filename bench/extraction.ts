import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createLogger } from '@archivolt/kit/log/logger'
import { createFileReader } from '@archivolt/documents/extract'
import { createOcr } from '@archivolt/documents/ocr'
import { findSamples, type Sample } from './extraction/samples.ts'
import { compareWords } from './extraction/words.ts'
import { describeMachine } from './lib/machine.ts'
import { conclude, printTable, say } from './lib/report.ts'
import { round } from './lib/statistics.ts'

const usage = `npm run bench -- extraction

Reads files whose text is known, by the rules of the vault, and compares words: how many of those that should be there
are (recall), and how many of those that are there should be (precision).

  --quick           without scans
  --corpus FOLDER   default: ../shared/corpus/extraction; folders with NNN.input.EXT and NNN.expected.txt
  --engine NAME     program or package; by default the tesseract program where it is installed`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    corpus: { type: 'string' },
    engine: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const corpus = path.resolve(values.corpus ?? '../shared/corpus/extraction')
const targets = { textWords: 0.98, scannedWords: 0.95 }
if (!existsSync(corpus)) {
  say(`There is no corpus in ${corpus}. Name one by --corpus FOLDER.`)
  conclude({ name: 'bench extraction', ok: false, figures: { corpus: false }, targets })
  process.exit()
}

say(describeMachine(values.engine === 'package' ? {} : { tesseract: ['--version'] }))
const samples = await findSamples(corpus, values.quick ?? false)
say(`sizes     ${samples.length} files with known text${values.quick ? ', scans left out' : ''}\n`)

const ocr = createOcr({
  languages: ['eng', 'deu', 'fra'],
  environment: { PATH: process.env.PATH ?? '' },
  concurrency: 1,
  log: createLogger('bench', { level: 'silent', pretty: false }),
  packageOnly: values.engine === 'package',
})
const reader = createFileReader(values.quick ? null : ocr)
const results: Awaited<ReturnType<typeof measure>>[] = []
try {
  for (const sample of samples) results.push(await measure(sample))
} finally {
  await reader.close()
  await ocr.close()
}

printTable(
  ['file', 'read as', 'words', 'recall', 'precision', 'ms', ''],
  results.map((result) => [
    result.name,
    result.scanned ? 'scan' : 'text',
    String(result.words),
    result.recall.toFixed(3),
    result.precision.toFixed(3),
    String(result.ms),
    result.note,
  ]),
)
const worst = (scanned: boolean) =>
  Math.min(
    1,
    ...results.filter((result) => result.scanned === scanned).flatMap(({ recall, precision }) => [recall, precision]),
  )
const figures = { files: results.length, textWords: round(worst(false), 3), scannedWords: round(worst(true), 3) }
say('\nThe figures are the worst of all files.')
conclude({
  name: 'bench extraction',
  ok: results.length > 0 && figures.textWords >= targets.textWords && figures.scannedWords >= targets.scannedWords,
  figures,
  targets,
})

async function measure(sample: Sample) {
  const started = performance.now()
  try {
    const read = await reader.read(sample.file)
    const ms = Math.round(performance.now() - started)
    const words = compareWords(sample.expected, read.pages.join('\n'))
    return { name: sample.name, scanned: read.scanned.length > 0, ms, note: sample.note, ...words }
  } catch (error) {
    const ms = Math.round(performance.now() - started)
    return { name: sample.name, scanned: false, ms, note: (error as Error).message, words: 0, recall: 0, precision: 0 }
  }
}
