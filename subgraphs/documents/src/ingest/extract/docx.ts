import { PageCollector, type Extracted } from './extracted.ts'
import { officeProperties } from './office-properties.ts'
import { walkXml } from './xml.ts'
import { openZip, numbered, type Zip } from './zip.ts'

/** The text of a Word document: its body, then notes, headers and footers. @throws Unreadable when it is not one */
export async function readDocx(bytes: Uint8Array, maxCharacters: number): Promise<Extracted> {
  const zip = await openZip(bytes)
  const { title, pages } = await officeProperties(zip)
  const collected = new PageCollector(maxCharacters)
  const parts = ['word/document.xml', ...numbered(zip.names, /^word\/(footnotes|endnotes|header\d*|footer\d*)\.xml$/)]
  for (const part of parts) {
    if (!collected.full) collected.add(await paragraphs(zip, part, collected.left))
  }
  return { pages: [collected.pages.join('\n')], scanned: [], pageCount: pages, title }
}

/** Text of DrawingML and WordprocessingML alike: runs of `t` in paragraphs `p`. */
export async function paragraphs(zip: Zip, part: string, maxCharacters: number): Promise<string> {
  let text = ''
  let reading = 0
  // A drawing is written twice: for programs that know it, and as a fallback for those that do not.
  let fallback = 0
  await walkXml(
    zip.read(part),
    {
      open(name) {
        if (name === 'Fallback') fallback++
        if (name === 't') reading++
        if (name === 'tab') text += '\t'
        if (name === 'br' || name === 'cr') text += '\n'
      },
      close(name) {
        if (name === 'Fallback') fallback--
        if (name === 't') reading--
        if (name === 'p') text += '\n'
      },
      text(part) {
        if (reading > 0 && fallback === 0) text += part
      },
    },
    () => text.length >= maxCharacters,
  )
  return text
}
