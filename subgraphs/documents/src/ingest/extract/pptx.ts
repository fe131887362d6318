import { paragraphs } from './docx.ts'
import { PageCollector, type Extracted } from './extracted.ts'
import { officeProperties } from './office-properties.ts'
import { Unreadable } from './unreadable.ts'
import { numbered, openZip } from './zip.ts'

const MAX_SLIDES = 5000

/** The text of a presentation: a page a slide, with what its notes say. @throws Unreadable when it is not one */
export async function readPptx(bytes: Uint8Array, maxCharacters: number): Promise<Extracted> {
  const zip = await openZip(bytes)
  const slides = numbered(zip.names, /^ppt\/slides\/slide\d+\.xml$/)
  if (!zip.names.includes('ppt/presentation.xml')) throw new Unreadable('The presentation is damaged.')
  const { title } = await officeProperties(zip)
  const collected = new PageCollector(maxCharacters)
  for (const slide of slides.slice(0, MAX_SLIDES)) {
    if (collected.full) break
    const notes = slide.replace('slides/slide', 'notesSlides/notesSlide')
    const text = await paragraphs(zip, slide, collected.left)
    collected.add(zip.names.includes(notes) ? `${text}\n${await paragraphs(zip, notes, collected.left)}` : text)
  }
  return { pages: collected.pages, scanned: [], pageCount: slides.length, title }
}
