import { PageCollector, type Extracted } from './extracted.ts'
import { officeProperties } from './office-properties.ts'
import { Unreadable } from './unreadable.ts'
import { walkXml } from './xml.ts'
import { numbered, openZip, type Zip } from './zip.ts'

const MAX_SHEETS = 1000
/** Rows of one sheet; a sheet that is filled to the end by its formats alone has over a million. */
const MAX_ROWS = 200_000
const MAX_SHARED = 2_000_000

/** The cells of a workbook as text: a page a sheet, a line a row, cells between tabs. @throws Unreadable when it is not one */
export async function readXlsx(bytes: Uint8Array, maxCharacters: number): Promise<Extracted> {
  const zip = await openZip(bytes)
  if (!zip.names.includes('xl/workbook.xml')) throw new Unreadable('The workbook is damaged.')
  const { title } = await officeProperties(zip)
  const shared = await sharedStrings(zip)
  const dates = await dateStyles(zip)
  const sheets = numbered(zip.names, /^xl\/worksheets\/sheet\d+\.xml$/)
  const collected = new PageCollector(maxCharacters)
  for (const sheet of sheets.slice(0, MAX_SHEETS)) {
    if (collected.full) break
    collected.add(await sheetText(zip, sheet, shared, dates, collected.left))
  }
  return { pages: collected.pages, scanned: [], pageCount: sheets.length, title }
}

async function sheetText(
  zip: Zip,
  sheet: string,
  shared: readonly string[],
  dates: ReadonlySet<number>,
  maxCharacters: number,
): Promise<string> {
  let text = ''
  let rows = 0
  let type = ''
  let style = 0
  let value = ''
  let reading = false
  await walkXml(
    zip.read(sheet),
    {
      open(name, attributes) {
        if (name === 'c') {
          type = attributes.t ?? 'n'
          style = Number(attributes.s ?? 0)
          value = ''
        }
        reading = name === 'v' || name === 't'
      },
      close(name) {
        reading = false
        if (name === 'c' && value !== '') text += `${cellText(type, value, dates.has(style), shared)}\t`
        if (name !== 'row') return
        rows++
        if (text !== '' && !text.endsWith('\n')) text = `${text.trimEnd()}\n`
      },
      text(part) {
        if (reading) value += part
      },
    },
    () => rows >= MAX_ROWS || text.length >= maxCharacters,
  )
  return text
}

function cellText(type: string, value: string, isDate: boolean, shared: readonly string[]): string {
  if (type === 's') return shared[Number(value)] ?? ''
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE'
  if (type === 'n') return (isDate && dateText(Number(value))) || numberText(value)
  return value
}

/** As a spreadsheet shows it: 15 digits, without the last bits of binary arithmetic. */
function numberText(value: string): string {
  const number = Number(value)
  return Number.isFinite(number) ? String(Number(number.toPrecision(15))) : value
}

/** Days since the end of 1899, as spreadsheets count; null when it is none. */
function dateText(serial: number): string | null {
  // Up to the year 9999, as far as spreadsheets go.
  if (!(serial > 0 && serial < 2_958_466)) return null
  const iso = new Date(Date.UTC(1899, 11, 30) + Math.round(serial * 86_400) * 1000).toISOString()
  return Number.isInteger(serial) ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ')
}

async function sharedStrings(zip: Zip): Promise<string[]> {
  const strings: string[] = []
  if (!zip.names.includes('xl/sharedStrings.xml')) return strings
  let text = ''
  let reading = false
  let phonetic = 0
  await walkXml(
    zip.read('xl/sharedStrings.xml'),
    {
      open(name) {
        if (name === 'si') text = ''
        if (name === 'rPh') phonetic++
        reading = name === 't' && phonetic === 0
      },
      close(name) {
        reading = false
        if (name === 'rPh') phonetic--
        if (name === 'si') strings.push(text)
      },
      text(part) {
        if (reading) text += part
      },
    },
    () => strings.length >= MAX_SHARED,
  )
  return strings
}

/** Formats that need no name of their own and show a date (ECMA-376, part 1, 18.8.30). */
const isBuiltInDate = (id: number): boolean => (id >= 14 && id <= 22) || (id >= 45 && id <= 47)

/** The cell styles that show their number as a date. */
async function dateStyles(zip: Zip): Promise<Set<number>> {
  const styles = new Set<number>()
  if (!zip.names.includes('xl/styles.xml')) return styles
  const custom = new Set<number>()
  let inCells = false
  let index = 0
  await walkXml(zip.read('xl/styles.xml'), {
    open(name, attributes) {
      if (name === 'numFmt' && showsDate(attributes.formatCode ?? '')) custom.add(Number(attributes.numFmtId))
      if (name === 'cellXfs') inCells = true
      if (name !== 'xf' || !inCells) return
      const format = Number(attributes.numFmtId ?? 0)
      if (isBuiltInDate(format) || custom.has(format)) styles.add(index)
      index++
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

/** Whether a format has years, days or hours once its quoted words, colours and escapes are gone. */
function showsDate(format: string): boolean {
  return /[ydh]/i.test(format.slice(0, 500).replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''))
}
