import ExcelJS from 'exceljs'
import { expect, test } from 'vitest'
import { docx, odf, pdf, pptx, xlsx, zip } from '../testing/files.fixture.ts'
import { readDocx } from './docx.ts'
import { readEml } from './eml.ts'
import { readHtml } from './html.ts'
import { readOdf } from './odf.ts'
import { readPdf } from './pdf.ts'
import { decodeText, readMarkdown } from './plain.ts'
import { readPptx } from './pptx.ts'
import { readRtf } from './rtf.ts'
import { readXlsx } from './xlsx.ts'
import { readXml } from './xml.ts'

const MOST = 100_000
const utf8 = (text: string) => new TextEncoder().encode(text)
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean).join(' ')

test.each([
  ['UTF-8', utf8('Größe – naïve')],
  ['UTF-8 with a mark', utf8('\uFEFFGröße – naïve')],
  ['Windows-1252', new Uint8Array([...latin1('Größe '), 0x96, ...latin1(' naïve')])],
  ['UTF-16 little-endian', new Uint8Array([0xff, 0xfe, ...Buffer.from('Größe – naïve', 'utf16le')])],
  ['UTF-16 big-endian', new Uint8Array([0xfe, 0xff, ...Buffer.from('Größe – naïve', 'utf16le').swap16()])],
  ['UTF-16 without a mark', new Uint8Array(Buffer.from('Größe - naïve and plain', 'utf16le'))],
])('text in %s is read in its encoding', (_name, bytes) => {
  expect(decodeText(bytes)).toMatch(/^Größe [–-] naïve/)
})

test('a character cut at the end of what is read is dropped', () => {
  expect(decodeText(utf8('für').subarray(0, 2))).toBe('f')
})

test('a page of HTML says what is seen of it, in the encoding it names', () => {
  const page = `<html><head><meta charset="iso-8859-15"><title>Caf\xe9</title><style>p{color:red}</style></head>
    <body><script>alert('unseen')</script><h1>Men\xfc</h1><p>Soup &amp; bread</p><a href="https://hidden.example">link</a></body></html>`
  const { pages, title } = readHtml(latin1(page))
  expect(title).toBe('Café')
  expect(wordsOf(pages[0] ?? '')).toBe('Menü Soup & bread link')
})

test("a Markdown file's first heading is its title", () => {
  expect(readMarkdown(utf8('intro\n\n# The Plan #\n\ntext')).title).toBe('The Plan')
})

test('XML says what stands between its tags, also when it is not well-formed', async () => {
  expect(wordsOf((await readXml(utf8('<a><b>one</b><c>two</c></a>'), MOST)).pages[0] ?? '')).toBe('one two')
  expect(wordsOf((await readXml(utf8('<a><b>one<c>two</a>'), MOST)).pages[0] ?? '')).toBe('one two')
})

test('entities that XML makes up are not expanded', async () => {
  const laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>before &b; after</x>'
  expect((await readXml(utf8(laughs), MOST)).pages[0]).not.toContain('haha')
})

test('a mail says who, what about, what and what it carries', async () => {
  const mail = [
    ...['From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>', 'To: Ann <a@example.org>', 'Subject: Rent'],
    ...['Date: Mon, 3 Mar 2025 10:00:00 +0000', 'Content-Type: multipart/mixed; boundary=b', '', '--b'],
    ...['Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: quoted-printable', '', 'Gr=FC=DFe'],
    ...[
      '--b',
      'Content-Disposition: attachment; filename="lease.pdf"',
      'Content-Type: application/pdf',
      '',
      'x',
      '--b--',
    ],
  ].join('\r\n')
  const { pages, title } = await readEml(utf8(mail))
  expect(title).toBe('Rent')
  for (const said of ['Jürgen j@example.org', 'a@example.org', '2025-03-03', 'Grüße', 'lease.pdf'])
    expect(pages[0]).toContain(said)
})

test('a mail of HTML alone says what is seen of it', async () => {
  const { pages } = await readEml(utf8('Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b></p>'))
  expect(pages[0]).toContain('Hello you')
})

test('rich text is read in its code page, without what is not said', () => {
  const rtf = [
    '{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red0;}{\\info{\\title My letter}{\\author Me}}',
    "{\\*\\generator Word}\\pard \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2\\par tab\\tab 50\\u8364\\'80 \\{braces\\}\\line ",
    '{\\uc2\\u22269??}x{\\pict 89504e47}{\\field{\\*\\fldinst HYPERLINK "u"}{\\fldrslt shown}}\\bin4 {}}}\\emdash end}',
  ].join('\n')
  const { pages, title } = readRtf(latin1(rtf), MOST)
  expect(pages[0]).toBe('Привет\ntab\t50€ {braces}\n国xshown—end')
  expect(title).toBe('My letter')
})

test('a Word document says its text, notes and headers, each drawing once', async () => {
  const body = `<w:p><w:r><w:t>Dear</w:t><w:tab/><w:t>Ann</w:t></w:r></w:p><w:p><w:r><w:delText>gone</w:delText></w:r></w:p>
    <mc:AlternateContent><mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback></mc:AlternateContent>`
  const file = await docx(body, {
    'word/header1.xml': '<w:hdr><w:p><w:r><w:t>Letterhead</w:t></w:r></w:p></w:hdr>',
    'word/footnotes.xml': '<w:f><w:p><w:r><w:t>Footnote</w:t></w:r></w:p></w:f>',
    'docProps/core.xml': '<cp:coreProperties><dc:title>Offer</dc:title></cp:coreProperties>',
    'docProps/app.xml': '<Properties><Pages>3</Pages></Properties>',
  })
  const { pages, title, pageCount } = await readDocx(file, MOST)
  expect(wordsOf(pages[0] ?? '')).toBe('Dear Ann box Footnote Letterhead')
  expect([title, pageCount]).toEqual(['Offer', 3])
})

test('a workbook says its cells as they are shown', async () => {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('Bills')
  sheet.addRow(['Rent', 1234.5, new Date(Date.UTC(2025, 2, 17)), true])
  sheet.addRow([
    { richText: [{ text: 'two ' }, { text: 'parts' }] },
    { formula: '0.1+0.2', result: 0.30000000000000004 },
  ])
  sheet.getCell('C1').numFmt = 'dd.mm.yyyy'
  book.addWorksheet('Empty')
  const { pages, pageCount } = await readXlsx(new Uint8Array(await book.xlsx.writeBuffer()), MOST)
  expect(pages[0]).toBe('Rent\t1234.5\t2025-03-17\tTRUE\ntwo parts\t0.3\n')
  expect(pageCount).toBe(2)
})

test('cells with the formula of an attacker are text like any other', async () => {
  const { pages } = await readXlsx(
    await xlsx(`<row><c t="inlineStr"><is><t>=cmd|' /C calc'!A0</t></is></c><c t="s"><v>999</v></c></row>`),
    MOST,
  )
  expect(pages[0]).toBe(`=cmd|' /C calc'!A0\n`)
})

test('a presentation has a page a slide, in the order of their numbers', async () => {
  const { pages, pageCount } = await readPptx(
    await pptx(Array.from({ length: 11 }, (_, at) => `slide ${at + 1}`)),
    MOST,
  )
  expect(pages[1]).toContain('slide 2')
  expect(pages[10]).toContain('slide 11')
  expect(pageCount).toBe(11)
})

test('OpenDocument text, sheets and slides are read', async () => {
  const text = await odf(
    'text',
    '<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Head</text:h><text:p>a<text:s text:c="2"/>b<text:tab/>c</text:p>',
  )
  expect((await readOdf('odt', text, MOST)).pages[0]).toBe('Head\na  b\tc\n')
  const cell = (said: string) => `<table:table-cell><text:p>${said}</text:p></table:table-cell>`
  const sheet = await odf(
    'spreadsheet',
    `<table:table><table:table-row>${cell('x')}${cell('y')}</table:table-row></table:table><table:table/>`,
  )
  const sheets = await readOdf('ods', sheet, MOST)
  expect([sheets.pages[0], sheets.pageCount]).toEqual(['x\ty\t\n', 2])
  const slides = await odf(
    'presentation',
    '<draw:page><text:p>1</text:p></draw:page><draw:page><text:p>2</text:p></draw:page>',
  )
  expect((await readOdf('odp', slides, MOST)).pages.map((page) => page.trim())).toEqual(['1', '2'])
})

test('a PDF says its pages, which of them are pictures, and its title', async () => {
  const file = pdf(['The first page says this much', null, 'And the last page says that much'], '/Title (Report)')
  const read = await readPdf(file, MOST)
  expect(read.pages[0]).toContain('The first page')
  expect(read.pages[2]).toContain('And the last page')
  expect([read.scanned, read.pageCount, read.title]).toEqual([[2], 3, 'Report'])
})

test('what is read stops at the limit', async () => {
  const long = `<w:p><w:r><w:t>${'word '.repeat(10_000)}</w:t></w:r></w:p>`
  expect((await readDocx(await docx(long.repeat(5)), 1000)).pages[0]).toHaveLength(1000)
  const rows = '<row><c t="str"><v>value</v></c></row>'.repeat(5000)
  expect((await readXlsx(await xlsx(rows), 1000)).pages[0]).toHaveLength(1000)
})

test('an office document that is another zip is damaged', async () => {
  await expect(readDocx(await zip({ 'a.txt': 'x' }), MOST)).rejects.toThrow('damaged')
  await expect(readDocx(utf8('PK\x03\x04 and nothing else'), MOST)).rejects.toThrow('damaged')
})
