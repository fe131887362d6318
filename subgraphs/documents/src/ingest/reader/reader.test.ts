import { Readable } from 'node:stream'
import sharp from 'sharp'
import { afterAll, expect, test, vi } from 'vitest'
import { Unreadable } from '../extract/unreadable.ts'
import { docx, encryptedPdf, odf, pdf, xlsx, zip } from '../testing/files.fixture.ts'
import type { Format } from '../extract/formats.ts'
import { createReader, type Source } from './reader.ts'

// Readers give way to whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 })

const reader = createReader({ concurrency: 2, niceness: 0 })
afterAll(() => reader.close())
const { signal } = new AbortController()

const source = (bytes: Uint8Array | string): Source => ({
  open: async () => Readable.from([Buffer.from(bytes as Uint8Array)]),
  limit: 1e9,
})
const text = (format: Format, bytes: Uint8Array | string, with_ = reader) =>
  with_.one('text', { format, maxCharacters: 10_000 }, source(bytes), signal)
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it was read',
    (error: unknown) => (error instanceof Unreadable ? error.message : `not its fault: ${error}`),
  )

test('a file is read in another process', async () => {
  expect((await text('plain', 'hello')).pages).toEqual(['hello'])
})

test('no more of a file is fetched than is read', async () => {
  let asked = 0
  const endless = function* () {
    for (;;) {
      asked++
      yield Buffer.alloc(1000, 'x')
    }
  }
  const open = async () => Readable.from(endless(), { highWaterMark: 1 })
  const read = await reader.one('text', { format: 'plain', maxCharacters: 1e6 }, { open, limit: 2500 }, signal)
  expect(read.pages[0]).toHaveLength(2500)
  expect(asked).toBeLessThan(10)
})

test('an encrypted PDF says so', async () => {
  expect(await reasonOf(text('pdf', encryptedPdf()))).toMatch(/protected by a password/)
})

test('a PDF without pages says so', async () => {
  expect(await reasonOf(text('pdf', pdf([])))).toMatch(/no pages|damaged/)
})

test.each<[string, Format, () => Promise<Uint8Array> | Uint8Array]>([
  ['a PDF cut in half', 'pdf', () => pdf(['x'.repeat(2000)]).subarray(0, 300)],
  ['a PDF of noise', 'pdf', () => noise('%PDF-1.7\n')],
  ['a Word document of noise', 'docx', () => noise('PK\x03\x04')],
  ['a Word document without its text', 'docx', () => zip({ 'word/other.xml': '<a/>' })],
  ['a Word document with broken XML', 'docx', () => docx('<w:p><w:t>x</w:p>')],
  ['a workbook without sheets', 'xlsx', () => zip({ 'xl/other.xml': '<a/>' })],
  ['OpenDocument text without content', 'odt', () => zip({ mimetype: 'x' })],
  ['a picture of noise', 'image', () => noise('\x89PNG\r\n\x1a\n')],
  ['rich text that is none', 'rtf', () => noise('')],
])('%s is unreadable, and the next file is read', async (_name, format, make) => {
  expect(await reasonOf(text(format, await make()))).not.toMatch(/it was read|not its fault/)
  expect((await text('plain', 'still here')).pages).toEqual(['still here'])
})

test('a zip bomb in a Word document is not unpacked', async () => {
  const bomb = await docx('', { 'word/document.xml': Buffer.alloc(300 * 1024 ** 2, ' ') })
  expect(bomb.length).toBeLessThan(1024 ** 2)
  expect(await reasonOf(text('docx', bomb))).toMatch(/far more than a document holds/)
})

test('a zip whose entries all are the same bytes is bounded by what they unpack to', async () => {
  const slides = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`ppt/slides/slide${at + 1}.xml`, Buffer.alloc(8 * 1024 ** 2, ' ')]),
  )
  const bomb = await zip({ 'ppt/presentation.xml': '<p/>', ...slides })
  expect(await reasonOf(text('pptx', bomb))).toMatch(/damaged|far more/)
})

test('zips in zips are not opened', async () => {
  let inner: Uint8Array = new TextEncoder().encode('core')
  for (let level = 0; level < 42; level++) inner = await zip({ 'inner.zip': inner })
  const file = await docx('<w:p><w:r><w:t>outside</w:t></w:r></w:p>', { 'word/embeddings/inner.zip': inner })
  expect((await text('docx', file)).pages[0]).toContain('outside')
})

test('tags nested without end are refused, forty-two deep are read', async () => {
  const nested = (depth: number) =>
    docx(`${'<w:x>'.repeat(depth)}<w:p><w:r><w:t>deep</w:t></w:r></w:p>${'</w:x>'.repeat(depth)}`)
  expect((await text('docx', await nested(42))).pages[0]).toContain('deep')
  expect(await reasonOf(text('docx', await nested(100_000)))).toMatch(/too deep/)
  expect(await reasonOf(text('rtf', `{\\rtf1 ${'{'.repeat(100_000)}`))).toMatch(/too deep/)
  expect((await text('html', `${'<div>'.repeat(100_000)}deep`)).pages).toHaveLength(1)
  const levels = Array.from(
    { length: 100 },
    (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
  )
  expect(await reasonOf(text('eml', `Subject: x\r\n${levels.join('')}`))).toMatch(/too deep|read/)
})

test('billions of cells, rows and repeated spaces stay small', async () => {
  const spaces = await odf('text', '<text:p>a<text:s text:c="2000000000"/>b</text:p>')
  expect((await text('odt', spaces)).pages[0]?.length).toBeLessThan(200)
  const rows = await xlsx(`${'<row r="1"/>'.repeat(300_000)}<row><c t="str"><v>end</v></c></row>`)
  expect((await text('xlsx', rows)).pages).toHaveLength(1)
})

test('a picture of 50,000 by 50,000 points is refused before it is unpacked', async () => {
  const bomb = await pngBomb(50_000, 50_000)
  expect(await reasonOf(text('image', bomb))).toMatch(/too large to be read: 50000 × 50000/)
  const drawn = reader.one('previews', { format: 'image', pages: 1 }, source(bomb), signal)
  expect(await reasonOf(drawn)).toMatch(/too large/)
})

test.each(['[0 0 9e9 9e9]', '[0 0 200000 3]', '[0 0 0 0]', '[0 0 -5 nan]'])(
  'a page of %s is drawn no larger than any other',
  async (box) => {
    const odd = Buffer.from(pdf(['x']))
      .toString('latin1')
      .replace('[0 0 612 792]', box)
    for await (const { width, height } of reader.run(
      'previews',
      { format: 'pdf', pages: 3 },
      source(Buffer.from(odd, 'latin1')),
      signal,
    )) {
      expect(width).toBeLessThanOrEqual(1000)
      expect(height).toBeLessThanOrEqual(1414)
    }
  },
)

test('a file that takes too long is given up, with its process', async () => {
  const hasty = createReader({ concurrency: 1, niceness: 0, limits: { itemMs: 1 } })
  try {
    expect(await reasonOf(text('pdf', pdf(Array.from({ length: 500 }, () => 'x')), hasty))).toMatch(/too long/)
  } finally {
    await hasty.close()
  }
})

test('a file that takes too much memory is given up, with its process', async () => {
  const narrow = createReader({ concurrency: 1, niceness: 0, limits: { memoryBytes: 1024 } })
  try {
    const many = pdf(Array.from({ length: 3000 }, () => 'word '.repeat(200)))
    expect(await reasonOf(text('pdf', many, narrow))).toMatch(/too much memory/)
  } finally {
    await narrow.close()
  }
})

test('breaking off ends the work and frees the place', async () => {
  const one = createReader({ concurrency: 1, niceness: 0 })
  const abort = new AbortController()
  const endless = async () => new Readable({ read() {} })
  const stuck = one.one('text', { format: 'plain', maxCharacters: 1 }, { open: endless, limit: 10 }, abort.signal)
  const waiting = one.one('text', { format: 'plain', maxCharacters: 1 }, { open: endless, limit: 10 }, abort.signal)
  abort.abort(new Error('enough'))
  await expect(stuck).rejects.toThrow()
  await expect(waiting).rejects.toThrow('enough')
  expect((await text('plain', 'after', one)).pages).toEqual(['after'])
  await one.close()
})

test('storage that fails in the middle is not the fault of the file', async () => {
  const failing = async () =>
    Readable.from(
      (function* () {
        yield Buffer.from('half')
        throw new Error('storage went away')
      })(),
    )
  const work = reader.one('text', { format: 'plain', maxCharacters: 10 }, { open: failing, limit: 1000 }, signal)
  await expect(work).rejects.toThrow('storage went away')
})

test('a process that is ended from outside is no proof against the file', async () => {
  const own = createReader({ concurrency: 1, niceness: 0 })
  const { execFileSync } = await import('node:child_process')
  const endless = async () => {
    setTimeout(() => {
      const rows = execFileSync('ps', ['-eo', 'ppid,pid,args'], { encoding: 'utf8' }).split('\n')
      const readers = rows.filter((row) => row.trim().startsWith(`${process.pid} `) && row.includes('reader.worker'))
      for (const row of readers) process.kill(Number(row.trim().split(/\s+/)[1]), 'SIGKILL')
    }, 0)
    return Readable.from([Buffer.from(pdf(Array.from({ length: 3000 }, () => 'word '.repeat(100))))])
  }
  const work = own.one('text', { format: 'pdf', maxCharacters: 1e6 }, { open: endless, limit: 1e9 }, signal)
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toBeInstanceOf(Unreadable)
  expect((await text('plain', 'after', own)).pages).toEqual(['after'])
  await own.close()
})

test('pages are drawn as WebP: a thumbnail, then pages', async () => {
  const seen: [number, number, string | undefined][] = []
  for await (const { page, width, webp } of reader.run(
    'previews',
    { format: 'pdf', pages: 2 },
    source(pdf(['a', 'b', 'c'])),
    signal,
  ))
    seen.push([page, width, (await sharp(webp).metadata()).format])
  expect(seen).toEqual([
    [0, 320, 'webp'],
    [1, 1000, 'webp'],
    [2, 1000, 'webp'],
  ])
})

test('a reading process has no secrets and may write nothing', async () => {
  process.env.SECRET_FOR_TEST = 'top'
  const own = createReader({ concurrency: 1, niceness: 0 })
  await text('plain', 'x', own)
  delete process.env.SECRET_FOR_TEST
  const { execFileSync } = await import('node:child_process')
  const processes = execFileSync('ps', ['-eo', 'ppid,args'], { encoding: 'utf8' })
  const line = processes
    .split('\n')
    .find((row) => row.trim().startsWith(`${process.pid} `) && row.includes('reader.worker'))
  expect(line).toContain('--permission')
  expect(line).not.toContain('--allow-fs-write')
  expect(line).not.toContain('--allow-child-process')
  await own.close()
})

function noise(beginning: string): Uint8Array {
  let seed = 7
  const bytes = Buffer.alloc(20_000)
  for (let at = 0; at < bytes.length; at++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    bytes[at] = seed >> 16
  }
  bytes.write(beginning, 'latin1')
  return bytes
}

/** A picture whose head promises more than there is. */
async function pngBomb(width: number, height: number): Promise<Uint8Array> {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  const { crc32 } = await import('node:zlib')
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
  return png
}
