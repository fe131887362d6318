import { PDFiumLibrary, type PDFiumDocument, type PDFiumPage } from '@hyzyla/pdfium'
import { PageCollector, type Extracted } from './extracted.ts'
import { Unreadable } from './unreadable.ts'

let library: Promise<PDFiumLibrary> | undefined

/** Enough for a shelf of books; what comes after is not indexed anyway. */
const MAX_PAGES = 5000
/** A page with fewer letters than a stamp or a page number has is a picture of its text. */
const LEAST_LETTERS = 16
/** Points of the longer side of a page, at most: beyond what any printer takes, sizes are a fault or an attack. */
const MAX_POINTS = 14_400

/** What the library keeps to itself and has no method for. */
interface Internals {
  module: {
    _FPDF_ClosePage(page: number): void
    _FPDF_GetMetaText(document: number, tag: number, buffer: number, length: number): number
    wasmExports: { malloc(bytes: number): number; free(pointer: number): void }
    HEAPU8: Uint8Array
  }
  documentIdx: number
  pageIdx: number
}

/** Runs `work` with an open PDF. @throws Unreadable when it is encrypted, broken, or has no pages */
async function withPdf<T>(bytes: Uint8Array, work: (document: PDFiumDocument) => Promise<T>): Promise<T> {
  library ??= PDFiumLibrary.init()
  const pdfium = await library
  const document = await pdfium.loadDocument(bytes).catch((error: unknown) => {
    const encrypted = /password|security/i.test(String(error))
    throw new Unreadable(
      encrypted
        ? 'The PDF is protected by a password, so its text cannot be read.'
        : 'The PDF is damaged and cannot be read.',
      { cause: error },
    )
  })
  try {
    if (document.getPageCount() < 1) throw new Unreadable('The PDF has no pages.')
    return await work(document)
  } finally {
    document.destroy()
  }
}

/** The text of a PDF's pages, and which pages are pictures. @throws Unreadable when it cannot be opened */
export const readPdf = (bytes: Uint8Array, maxCharacters: number): Promise<Extracted> =>
  withPdf(bytes, async (document) => {
    const pageCount = document.getPageCount()
    const collected = new PageCollector(maxCharacters)
    const scanned: number[] = []
    for (let index = 0; index < Math.min(pageCount, MAX_PAGES) && !collected.full; index++) {
      const page = openPage(document, index)
      if (!page) {
        collected.add('')
        continue
      }
      try {
        const text = tidy(page.getText())
        if (lettersIn(text) < LEAST_LETTERS && page.getObjectCount() > 0) scanned.push(index + 1)
        collected.add(text)
      } finally {
        closePage(page)
      }
    }
    return { pages: collected.pages, scanned, pageCount, title: metaTitle(document) }
  })

export interface Bitmap {
  width: number
  height: number
  /** Bytes a pixel: 1 for grey, 4 for RGBA. */
  channels: 1 | 4
  data: Uint8Array
}

/**
 * Draws pages, one at a time. A page that cannot be drawn is left out.
 * @param pages numbers from 1; those beyond the end are left out
 * @param size pixels: dots per inch, or the longest width and height, and in all at most `maxPixels`
 */
export async function drawPdf(
  bytes: Uint8Array,
  pages: readonly number[],
  size: { dpi: number; maxPixels: number } | { width: number; height: number },
  draw: (page: number, bitmap: Bitmap) => Promise<void>,
): Promise<void> {
  await withPdf(bytes, async (document) => {
    for (const number of pages) {
      const page = number <= document.getPageCount() ? openPage(document, number - 1) : null
      if (!page) continue
      const { originalWidth, originalHeight } = page.getOriginalSize()
      const longer = Math.max(originalWidth, originalHeight)
      if (!(originalWidth >= 1 && originalHeight >= 1 && longer <= MAX_POINTS)) {
        closePage(page)
        continue
      }
      const grey = 'dpi' in size
      const scale = grey
        ? Math.min(size.dpi / 72, Math.sqrt(size.maxPixels / (originalWidth * originalHeight)))
        : Math.min(size.width / originalWidth, size.height / originalHeight)
      // Rendering closes the page.
      const { width, height, data } = await page.render({
        width: Math.max(1, Math.round(originalWidth * scale)),
        height: Math.max(1, Math.round(originalHeight * scale)),
        scale: 1,
        colorSpace: grey ? 'Gray' : 'BGRA',
      })
      await draw(number, { width, height, channels: grey ? 1 : 4, data })
    }
  })
}

/** Null for a page that is broken; the others are still read. */
function openPage(document: PDFiumDocument, index: number): PDFiumPage | null {
  const page = document.getPage(index)
  return internals(page).pageIdx ? page : null
}

/** The library closes a page only once it is drawn; a thousand open ones fill the memory. */
function closePage(page: PDFiumPage): void {
  const { module, pageIdx } = internals(page)
  module._FPDF_ClosePage(pageIdx)
}

const internals = (of: object): Internals => of as unknown as Internals

/** The title among the file's properties. */
function metaTitle(document: PDFiumDocument): string | null {
  const { module, documentIdx } = internals(document)
  const { malloc, free } = module.wasmExports
  const limit = 1024
  const tag = malloc(6)
  const buffer = malloc(limit)
  try {
    module.HEAPU8.set(new TextEncoder().encode('Title\0'), tag)
    const length = module._FPDF_GetMetaText(documentIdx, tag, buffer, limit)
    if (length < 4 || length > limit) return null
    return new TextDecoder('utf-16le').decode(module.HEAPU8.slice(buffer, buffer + length - 2)).trim() || null
  } finally {
    free(tag)
    free(buffer)
  }
}

/** A word divided at the end of a line is joined again: PDFium puts U+FFFE where the hyphen was. */
function tidy(text: string): string {
  return text.replace(/\uFFFE(\r?\n)?/g, '').replace(/\r\n?/g, '\n')
}

function lettersIn(text: string): number {
  let count = 0
  for (const _letter of text.matchAll(/[\p{L}\p{N}]/gu)) if (++count >= LEAST_LETTERS) break
  return count
}
