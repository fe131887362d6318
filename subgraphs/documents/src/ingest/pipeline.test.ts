import { randomUUID } from 'node:crypto'
import { UnavailableError } from '@archivolt/kit/errors/domain-error'
import { createLogger } from '@archivolt/kit/log/logger'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { findByHash, findDuplicates } from '../duplicates/find-duplicates.ts'
import { findFacts } from './facts.ts'
import { docx, encryptedPdf, pdf, pictureOf, scannedPdf } from './testing/files.fixture.ts'
import { openPipeline, OWNER, type Pipeline } from './testing/pipeline.fixture.ts'
import { beginProcessing } from './usecases/begin-processing.ts'
import { reprocessDocuments, withProgress } from './usecases/reprocess-documents.ts'
import { resumeSteps } from './usecases/resume-steps.ts'

// Readers give way to whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 })

const PDF = 'application/pdf'
const log = createLogger('test', { level: 'silent', pretty: false })
let vault: Pipeline

beforeAll(async () => {
  vault = await openPipeline()
})
afterAll(() => vault.close())
beforeEach(() => vault.takeJobs())

test('a document goes through all its steps, each told on it', async () => {
  const id = await vault.add('report.pdf', PDF, pdf(['The quarterly report of the company', 'with many figures in it']))
  expect((await vault.document(id)).status).toBe('PROCESSING')
  await vault.run()
  expect(await vault.document(id)).toMatchObject({ status: 'READY', step: null, failure: null })
  expect(await vault.steps(id)).toEqual({
    VERIFY: 'DONE',
    TEXT: 'DONE',
    OCR: 'SKIPPED',
    INDEX: 'DONE',
    PREVIEW: 'DONE',
  })
  expect(await vault.text(id)).toMatch(/quarterly report[^]*many figures/)
  expect(vault.announced.filter((announced) => announced === id).length).toBeGreaterThanOrEqual(4)
})

test('pages that are pictures are read by OCR, and pages of text are not', async () => {
  const id = await vault.add(
    'scan.pdf',
    PDF,
    await scannedPdf(['Scanned invoice number 4711', 'Second scanned page of it']),
  )
  await vault.run()
  expect(await vault.steps(id)).toMatchObject({ OCR: 'DONE', INDEX: 'DONE' })
  expect(await vault.text(id)).toMatch(/invoice number 4711[^]*second scanned page/i)
  const reading = await vault.db.reading.findUniqueOrThrow({ where: { documentId: id } })
  expect([reading.scanned, reading.recognised.toSorted(), reading.pageCount]).toEqual([[1, 2], [1, 2], 2])
})

test('text is found before the scans behind it are read', async () => {
  const id = await vault.add('letter.jpg', 'image/jpeg', await pictureOf('A letter photographed on a table', 'jpeg'))
  const scans = []
  for (let round = 0; round < 4; round++)
    for (const job of await vault.takeJobs()) {
      if (job.name === 'read-scans') scans.push(job)
      else await vault.runJob(job)
    }
  expect(await vault.document(id)).toMatchObject({ status: 'PROCESSING', step: 'OCR' })
  expect(await vault.db.searchEntry.findUnique({ where: { documentId: id } })).toMatchObject({ title: 'letter.jpg' })
  for (const job of scans) await vault.runJob(job)
  await vault.run()
  expect((await vault.document(id)).status).toBe('READY')
  expect(await vault.text(id)).toContain('photographed on a table')
})

test('OCR that is broken off goes on with the pages it has not read', async () => {
  const id = await vault.add('stack.pdf', PDF, await scannedPdf(['First page of the stack', 'Other page of the stack']))
  await vault.run({ only: (name) => name !== 'read-scans' })
  const reading = await vault.db.reading.update({
    where: { documentId: id },
    data: { recognised: [1], pages: ['kept from before', ''] },
  })
  const { run } = await vault.db.processingStep.findFirstOrThrow({ where: { documentId: id } })
  await vault.runJob({ name: 'read-scans', payload: { documentId: id, blobId: reading.blobId, run } })
  await vault.run()
  expect(await vault.text(id)).toMatch(/kept from before[^]*Other page/)
})

test('an index that was under way while scans were read does not hide what they say', async () => {
  const id = await vault.add('race.jpg', 'image/jpeg', await pictureOf('The words that came late', 'jpeg'))
  const jobs: { name: string; payload: unknown }[] = []
  for (let round = 0; round < 3; round++)
    for (const job of await vault.takeJobs()) {
      if (job.name === 'verify' || job.name === 'read-text') await vault.runJob(job)
      else jobs.push(job)
    }
  const index = jobs.find(({ name }) => name === 'index')
  const scans = jobs.find(({ name }) => name === 'read-scans')
  // Its turn is taken; what it has read of the document is from before the scans.
  await Promise.all([vault.runJob(index as never), vault.runJob(scans as never)])
  await vault.run()
  expect(await vault.text(id)).toContain('words that came late')
  expect((await vault.document(id)).status).toBe('READY')
})

test('a file of another kind than it is called goes by what it is', async () => {
  const id = await vault.add('report.txt', 'text/plain', pdf(['This is truly a document of pages']))
  await vault.run()
  expect(await vault.document(id)).toMatchObject({ status: 'READY', contentType: PDF })
  expect((await vault.steps(id)).VERIFY).toMatch(/sent as text\/plain, but is application\/pdf/)
})

test.each<[string, string, () => Promise<Uint8Array> | Uint8Array, RegExp, string]>([
  ['encrypted.pdf', PDF, () => encryptedPdf(), /protected by a password/, 'TEXT'],
  ['empty.pdf', PDF, () => pdf([]), /no pages|damaged/, 'TEXT'],
  [
    'cut.docx',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    async () => (await docx('x')).subarray(0, 200),
    /damaged/,
    'TEXT',
  ],
  [
    'program.pdf',
    PDF,
    () => Buffer.from(`MZ${'\0\u0001\u0002'.repeat(100)}`, 'latin1'),
    /not what it is called/,
    'VERIFY',
  ],
])('%s fails its own step with the reason, and stays', async (name, type, make, reason, step) => {
  const id = await vault.add(name, type, await make())
  await vault.run()
  const document = await vault.document(id)
  expect(document).toMatchObject({ status: 'FAILED', step })
  expect(document.failure).toMatch(reason)
  expect(document.blobId).not.toBeNull()
  for (const state of Object.values(await vault.steps(id))) expect(state).not.toMatch(/WAITING|RUNNING/)
})

test('a picture too large to be drawn fails only where it is opened', async () => {
  const broken = Buffer.concat([await pictureOf('x', 'png')]).subarray(0, 400)
  const id = await vault.add('broken.png', 'image/png', broken)
  await vault.run()
  const steps = await vault.steps(id)
  expect(steps.VERIFY).toBe('DONE')
  expect(steps.PREVIEW).toMatch(/^FAILED: The picture is damaged/)
  expect((await vault.document(id)).status).toBe('FAILED')
})

test('what is not read is kept and found by its name', async () => {
  const id = await vault.add('backup.zip', 'application/zip', Buffer.from('PK\x05\x06' + '\0'.repeat(18), 'latin1'))
  await vault.run()
  expect((await vault.document(id)).status).toBe('READY')
  expect(await vault.steps(id)).toMatchObject({ TEXT: 'SKIPPED', OCR: 'SKIPPED', PREVIEW: 'SKIPPED', INDEX: 'DONE' })
})

test('script in SVG and HTML and formulas in CSV are words, and nothing more', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>steal()</script><text>drawn</text></svg>'
  const ids = [
    await vault.add('a.svg', 'image/svg+xml', svg),
    await vault.add('a.html', 'text/html', '<img src=x onerror=alert(1)><script>steal()</script>shown'),
    await vault.add('a.csv', 'text/csv', '=HYPERLINK("http://evil.example")\n@SUM(1)'),
  ]
  await vault.run()
  for (const id of ids) expect(await vault.document(id)).toMatchObject({ status: 'READY' })
  expect(await vault.text(ids[0] as string)).toBe('drawn')
  expect(await vault.text(ids[1] as string)).toBe('shown')
  expect(await vault.text(ids[2] as string)).toContain('=HYPERLINK')
  for (const id of ids) expect([...vault.objects.keys()].some((name) => name.startsWith(id))).toBe(false)
})

test('a job that is delivered twice is done once', async () => {
  const id = await vault.add('twice.txt', 'text/plain', 'words')
  const all: { name: string; payload: unknown }[] = []
  for (let round = 0; round < 5; round++)
    for (const job of await vault.takeJobs()) {
      all.push(job)
      await vault.runJob(job)
    }
  const fetched = [...vault.fetched.values()].reduce((sum, count) => sum + count, 0)
  for (const job of all) await vault.runJob(job)
  expect([...vault.fetched.values()].reduce((sum, count) => sum + count, 0)).toBe(fetched)
  expect(await vault.takeJobs()).toEqual([])
  expect((await vault.document(id)).status).toBe('READY')
})

test('two workers with the same job do the work of one', async () => {
  const id = await vault.add('both.txt', 'text/plain', 'words for both')
  const [job] = await vault.takeJobs()
  const outcomes = await Promise.allSettled([vault.runJob(job as never), vault.runJob(job as never)])
  expect(outcomes.map(({ status }) => status).toSorted()).toContain('fulfilled')
  expect(await vault.takeJobs()).toHaveLength(1)
  expect(await vault.steps(id)).toMatchObject({ VERIFY: 'DONE', TEXT: 'WAITING' })
})

test('a step whose worker died is taken over once its lease has run out, and not before', async () => {
  const id = await vault.add('lease.txt', 'text/plain', 'words')
  const [job] = await vault.takeJobs()
  const where = { documentId: id, step: 'VERIFY' as const }
  const inAMinute = new Date(Date.now() + 60_000)
  await vault.db.processingStep.updateMany({ where, data: { state: 'RUNNING', leaseUntil: inAMinute } })
  await expect(vault.runJob(job as never)).rejects.toThrow('Another worker')
  await vault.db.processingStep.updateMany({ where, data: { leaseUntil: new Date(Date.now() - 1) } })
  await vault.runJob(job as never)
  expect((await vault.steps(id)).VERIFY).toBe('DONE')
})

test('storage that is away is tried again, and says so meanwhile', async () => {
  const id = await vault.add('away.txt', 'text/plain', 'words')
  const { blobId } = await vault.document(id)
  const bytes = vault.blobs.get(blobId as string)
  vault.blobs.set(blobId as string, new UnavailableError('The storage service'))
  const [job] = await vault.takeJobs()
  await expect(vault.runJob(job as never)).rejects.toThrow()
  expect((await vault.steps(id)).VERIFY).toMatch(/^WAITING: The storage service is not reachable/)
  vault.blobs.set(blobId as string, bytes as Uint8Array)
  await vault.runJob(job as never)
  await vault.run()
  expect(await vault.document(id)).toMatchObject({ status: 'READY', failure: null })
  expect((await vault.steps(id)).VERIFY).toBe('DONE')
})

test('after the last try the document ends FAILED with the reason', async () => {
  const id = await vault.add('gone.txt', 'text/plain', 'words')
  vault.blobs.set((await vault.document(id)).blobId as string, new UnavailableError('The storage service'))
  await vault.run({ lastAttempt: true })
  expect(await vault.document(id)).toMatchObject({ status: 'FAILED', step: 'VERIFY' })
  expect((await vault.document(id)).failure).toMatch(/storage service is not reachable/)
})

test('a shutdown in the middle gives the step back untouched', async () => {
  const id = await vault.add('shutdown.txt', 'text/plain', 'words')
  const [job] = await vault.takeJobs()
  const abort = new AbortController()
  abort.abort(new Error('shutting down'))
  await expect(vault.runJob(job as never, { signal: abort.signal })).rejects.toThrow()
  expect((await vault.steps(id)).VERIFY).toBe('WAITING')
  await vault.runJob(job as never)
  await vault.run()
  expect((await vault.document(id)).status).toBe('READY')
})

test('jobs of a file that was replaced change nothing', async () => {
  const id = await vault.add('old.txt', 'text/plain', 'old words')
  const old = await vault.takeJobs()
  const blobId = randomUUID()
  vault.blobs.set(blobId, new TextEncoder().encode('new words'))
  await vault.db.document.update({ where: { id }, data: { blobId } })
  await vault.db.$transaction((tx) => beginProcessing(tx, { id, blobId }))
  const current = await vault.takeJobs()
  for (const job of old) await vault.runJob(job)
  expect(await vault.takeJobs()).toEqual([])
  for (const job of current) await vault.runJob(job)
  await vault.run()
  expect(await vault.text(id)).toBe('new words')
})

test('a document that is gone is no failure', async () => {
  const id = await vault.add('deleted.txt', 'text/plain', 'words')
  await vault.db.document.delete({ where: { id } })
  await vault.run()
  expect(await vault.db.document.count({ where: { id } })).toBe(0)
})

test('previews are kept by storage, those of earlier bytes and of pages that are gone are removed', async () => {
  const id = await vault.add('pages.pdf', PDF, pdf(['one', 'two', 'three']))
  await vault.run()
  const pages = async () =>
    (await vault.db.preview.findMany({ where: { documentId: id }, orderBy: { page: 'asc' } })).map(({ page }) => page)
  const objects = () => [...vault.objects.keys()].filter((name) => name.startsWith(id))
  expect(await pages()).toEqual([0, 1, 2, 3])
  expect(objects()).toHaveLength(4)
  const blobId = randomUUID()
  vault.blobs.set(blobId, pdf(['one alone']))
  await vault.db.document.update({ where: { id }, data: { blobId } })
  await vault.db.$transaction((tx) => beginProcessing(tx, { id, blobId }))
  await vault.run()
  expect(await pages()).toEqual([0, 1])
  expect(objects()).toHaveLength(2)
  expect(objects().every((name) => name.includes(blobId))).toBe(true)
})

test('the content proposes language, title, dates and pages, and changes none of them', async () => {
  const words =
    'Sehr geehrte Damen und Herren, wir danken Ihnen für Ihren Auftrag und senden Ihnen hiermit die Rechnung über die gelieferten Waren.'
  const id = await vault.add(
    'brief.docx',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    await docx(
      `<w:p><w:r><w:t>Rechnung für März</w:t></w:r></w:p><w:p><w:r><w:t>Berlin, 17. März 2025. ${words} ${words}</w:t></w:r></w:p>`,
    ),
  )
  await vault.run()
  const [facts] = await findFacts(vault.db, [id])
  expect(facts).toMatchObject({ language: 'de', proposedTitle: 'Rechnung für März' })
  expect(facts?.proposedDates.map((date) => date.toISOString().slice(0, 10))).toEqual(['2025-03-17'])
  expect(await vault.document(id)).toMatchObject({ title: 'brief.docx', documentDate: null })
})

test('a duplicate is told, also one that is only in the trash, and nobody else is told', async () => {
  const bytes = 'the very same words'
  const first = await vault.add('first.txt', 'text/plain', bytes)
  const second = await vault.add('second.txt', 'text/plain', bytes)
  const stranger = await vault.add('stranger.txt', 'text/plain', bytes, randomUUID())
  await vault.db.document.update({ where: { id: first }, data: { trashedAt: new Date() } })
  const found = await findDuplicates(vault.db, [first, second, stranger])
  expect(found.get(second)?.map(({ id }) => id)).toEqual([first])
  expect(found.get(first)?.map(({ id }) => id)).toEqual([second])
  expect(found.get(second)?.[0]?.trashedAt).toBeInstanceOf(Date)
  expect(found.get(stranger)).toBeUndefined()
  const { sha256 } = await vault.document(first)
  expect((await findByHash(vault.db, OWNER, [sha256 as string])).map(({ id }) => id)).toEqual([second, first])
  await vault.db.document.update({ where: { id: first }, data: { purgingAt: new Date() } })
  expect((await findDuplicates(vault.db, [second])).get(second)).toBeUndefined()
})

test('reading again goes through all steps of a selection, and tells how far it is', async () => {
  const ids = [await vault.add('r1.txt', 'text/plain', 'one'), await vault.add('r2.txt', 'text/plain', 'two')]
  await vault.run()
  const asker = { userId: OWNER, ip: '', requestId: '' }
  const row = await reprocessDocuments({ db: vault.db, outbox: { kick: () => {} } })(ids, asker)
  expect(row).toMatchObject({ total: 2, begun: 0, state: 'RUNNING' })
  await vault.run()
  const done = await vault.db.reprocess.findUniqueOrThrow({ where: { id: row.id } })
  expect(await withProgress(vault.db, done)).toMatchObject({ state: 'DONE', begun: 2, finished: 2, failed: 0 })
  for (const id of ids) expect((await vault.document(id)).status).toBe('READY')
})

test('reading everything again leaves no document out, and begins none twice', async () => {
  const other = await openPipeline()
  try {
    for (let at = 0; at < 120; at++) await other.add(`all-${at}.txt`, 'text/plain', `number ${at}`)
    await other.run()
    const asker = { userId: OWNER, ip: '', requestId: '' }
    const row = await reprocessDocuments({ db: other.db, outbox: { kick: () => {} } })(null, asker)
    const jobs = await other.takeJobs()
    await Promise.all([...jobs, ...jobs].map((job) => other.runJob(job)))
    const ahead = await other.db.processingStep.count({ where: { run: row.id, step: 'VERIFY' } })
    expect(ahead).toBeLessThan(row.total)
    await other.run()
    const done = await other.db.reprocess.findUniqueOrThrow({ where: { id: row.id } })
    expect(done).toMatchObject({ state: 'DONE', begun: 120, total: 120 })
    expect(await other.db.processingStep.count({ where: { run: row.id, step: 'INDEX', state: 'DONE' } })).toBe(120)
  } finally {
    await other.close()
  }
})

test('a step that lost its job gets another; one that was tried too often ends with the reason', async () => {
  const lost = await vault.add('lost.txt', 'text/plain', 'found again')
  const hopeless = await vault.add('hopeless.txt', 'text/plain', 'never')
  await vault.takeJobs()
  await vault.db.processingStep.updateMany({ where: { documentId: hopeless, step: 'VERIFY' }, data: { attempts: 99 } })
  const resume = (now: number) =>
    resumeSteps({ db: vault.db, outbox: { kick: () => {} }, announce: async () => {}, log, now: () => now })(
      new AbortController().signal,
    )
  await resume(Date.now())
  expect(await vault.takeJobs()).toEqual([])
  await resume(Date.now() + 4 * 3_600_000)
  await vault.run()
  expect((await vault.document(lost)).status).toBe('READY')
  expect(await vault.document(hopeless)).toMatchObject({ status: 'FAILED', step: 'VERIFY' })
  expect((await vault.document(hopeless)).failure).toMatch(/tried too often/)
})

test('15,000 files at once: every one of a flood arrives at its end', async () => {
  // The flood in small: what matters is that no file is lost between its steps, however its jobs are mixed.
  const ids: string[] = []
  for (let at = 0; at < 60; at++) ids.push(await vault.add(`flood-${at}.txt`, 'text/plain', `file number ${at}`))
  const work = async () => {
    for (let idle = 0; idle < 3;) {
      const jobs = await vault.takeJobs()
      if (jobs.length === 0) idle++
      for (const job of jobs.toReversed()) await vault.runJob(job)
    }
  }
  await Promise.all([work(), work(), work()])
  await vault.run()
  const states = await vault.db.document.groupBy({ by: ['status'], where: { id: { in: ids } }, _count: true })
  expect(states).toEqual([{ status: 'READY', _count: 60 }])
  expect(await vault.db.searchEntry.count({ where: { documentId: { in: ids } } })).toBe(60)
})
