import { Unreadable } from './unreadable.ts'
import { walkXml } from './xml.ts'
import type { Zip } from './zip.ts'

export interface OfficeProperties {
  title: string | null
  pages: number | null
}

/** Title and number of pages as the program that saved the file noted them; either may be missing or stale. */
export async function officeProperties(zip: Zip): Promise<OfficeProperties> {
  const properties: OfficeProperties = { title: null, pages: null }
  for (const name of ['docProps/core.xml', 'docProps/app.xml', 'meta.xml']) {
    if (zip.names.includes(name)) await readInto(properties, zip, name)
  }
  return properties
}

/** What is said about a document is no reason to leave the document unread. */
async function readInto(properties: OfficeProperties, zip: Zip, name: string): Promise<void> {
  let inside = ''
  try {
    await walkXml(zip.read(name), {
      open(tag, attributes) {
        inside = tag
        if (tag === 'document-statistic') properties.pages = countOf(attributes['meta:page-count'])
      },
      close: () => (inside = ''),
      text(text) {
        if (inside === 'title') properties.title = text.trim() || null
        if (inside === 'Pages') properties.pages = countOf(text)
      },
    })
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
  }
}

function countOf(text: string | undefined): number | null {
  const count = Number(text)
  return Number.isInteger(count) && count > 0 && count < 1_000_000 ? count : null
}
