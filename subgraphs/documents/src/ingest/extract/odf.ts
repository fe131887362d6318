import { PageCollector, type Extracted } from './extracted.ts'
import { officeProperties } from './office-properties.ts'
import { walkXml } from './xml.ts'
import { openZip } from './zip.ts'

/** Tags that end a line of text. */
const LINE_ENDS = new Set(['p', 'h', 'table-row', 'line-break'])
/** What was deleted but is still kept, and what describes rather than says. */
const SILENT = new Set(['tracked-changes', 'font-face-decls', 'automatic-styles'])
/** A repeated space is counted, not written. */
const MAX_SPACES = 100

/**
 * The text of an OpenDocument file; presentations and spreadsheets have a page for each slide and sheet.
 * @throws Unreadable when it is not one
 */
export async function readOdf(
  format: 'odt' | 'ods' | 'odp',
  bytes: Uint8Array,
  maxCharacters: number,
): Promise<Extracted> {
  const zip = await openZip(bytes)
  const { title, pages } = await officeProperties(zip)
  const pageTag = { odt: null, ods: 'table', odp: 'page' }[format]
  const collected = new PageCollector(maxCharacters)
  let text = ''
  let silent = 0
  let inText = 0
  await walkXml(
    zip.read('content.xml'),
    {
      open(name, attributes) {
        if (SILENT.has(name)) silent++
        if (name === 'p' || name === 'h') inText++
        if (name === 'tab') text += '\t'
        if (name === 's') text += ' '.repeat(Math.min(MAX_SPACES, Number(attributes['text:c'] ?? 1) || 1))
      },
      close(name) {
        if (SILENT.has(name)) silent--
        if (name === 'p' || name === 'h') inText--
        if (LINE_ENDS.has(name) && silent === 0) text += '\n'
        if (name === 'table-cell') text = text.replace(/\n$/, '') + '\t'
        if (name === pageTag) {
          collected.add(text)
          text = ''
        }
      },
      text(part) {
        if (inText > 0 && silent === 0) text += part
      },
    },
    () => text.length > collected.left,
  )
  if (text.trim() || collected.pages.length === 0) collected.add(text)
  return {
    pages: collected.pages,
    scanned: [],
    pageCount: pageTag ? collected.pages.length : pages,
    title,
  }
}
