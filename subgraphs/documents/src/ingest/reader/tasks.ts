import sharp from 'sharp'
import { onePage, type Extracted } from '../extract/extracted.ts'
import { deskew } from '../extract/deskew.ts'
import { readDocx } from '../extract/docx.ts'
import { readEml } from '../extract/eml.ts'
import { readHtml } from '../extract/html.ts'
import { greyImage, openImage, orUnreadable, readImage } from '../extract/image.ts'
import { readOdf } from '../extract/odf.ts'
import { drawPdf, readPdf, type Bitmap } from '../extract/pdf.ts'
import { decodeText, readMarkdown } from '../extract/plain.ts'
import { readPptx } from '../extract/pptx.ts'
import { readRtf } from '../extract/rtf.ts'
import { sniffType } from '../extract/sniff-type.ts'
import { readXlsx } from '../extract/xlsx.ts'
import { readXml } from '../extract/xml.ts'
import { recogniseWithPackage } from '../ocr/tesseract-package.ts'
import { propose } from '../propose/propose.ts'
import type { PreviewImage, TaskName, Tasks } from './protocol.ts'

type Ask<Name extends TaskName> = Tasks[Name]['ask']
type Emit<Name extends TaskName> = (item: Tasks[Name]['item']) => Promise<void>

/** What letters are read at; a page of A3 fits. */
const OCR_SIZE = { dpi: 300, maxPixels: 25_000_000 }
const PAGE_SIZE = { width: 1000, height: 1414 }
const THUMBNAIL_SIZE = { width: 320, height: 452 }
const WEBP = { quality: 75, effort: 2 }

/** Each task with all it needs of the file; `emit` waits until the item is wanted. @throws Unreadable */
export const tasks: { [Name in TaskName]: (bytes: Uint8Array, ask: Ask<Name>, emit: Emit<Name>) => Promise<void> } = {
  type: async (bytes, ask, emit) => emit(await sniffType(bytes, ask)),
  text: async (bytes, ask, emit) => emit(await textOf(bytes, ask)),
  propose: async (_bytes, ask, emit) => emit(propose(ask)),
  ocr: async (_bytes, { bitmap, languages }, emit) => emit(await recogniseWithPackage(bitmap, languages)),
  async scans(bytes, { format, pages }, emit) {
    const level = async (page: number, bitmap: Bitmap) => emit({ page, bitmap: await deskew(bitmap) })
    if (format === 'pdf') return drawPdf(bytes, pages, OCR_SIZE, level)
    for (const page of pages) await level(page, await greyImage(bytes, page, OCR_SIZE.maxPixels))
  },
  async previews(bytes, { format, pages }, emit) {
    const numbers = Array.from({ length: pages }, (_, index) => index + 1)
    if (format === 'pdf') return drawPdf(bytes, numbers, PAGE_SIZE, (page, bitmap) => emitPage(page, bitmap, emit))
    const { pageCount } = await readImage(bytes)
    for (const page of numbers.slice(0, pageCount ?? 1)) {
      const { data, info } = await orUnreadable(
        openImage(bytes, page)
          .resize({ ...PAGE_SIZE, fit: 'inside', withoutEnlargement: true })
          .ensureAlpha()
          .toColourspace('srgb')
          .raw({ depth: 'uchar' })
          .toBuffer({ resolveWithObject: true }),
      )
      await emitPage(page, { width: info.width, height: info.height, channels: 4, data }, emit)
    }
  },
}

async function emitPage(page: number, bitmap: Bitmap, emit: Emit<'previews'>): Promise<void> {
  if (page === 1) await emit(await encode(0, bitmap, THUMBNAIL_SIZE))
  await emit(await encode(page, bitmap, PAGE_SIZE))
}

async function encode(page: number, bitmap: Bitmap, size: { width: number; height: number }): Promise<PreviewImage> {
  const { width, height, channels, data } = bitmap
  const { data: webp, info } = await sharp(data, { raw: { width, height, channels } })
    .resize({ ...size, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .webp(WEBP)
    .toBuffer({ resolveWithObject: true })
  return { page, width: info.width, height: info.height, webp }
}

async function textOf(bytes: Uint8Array, { format, maxCharacters }: Ask<'text'>): Promise<Extracted> {
  const read = await extract(bytes, format, maxCharacters)
  let left = maxCharacters
  const pages = read.pages.map((page) => {
    const kept = page.slice(0, Math.max(0, left))
    left -= kept.length
    return kept
  })
  return { ...read, pages }
}

async function extract(bytes: Uint8Array, format: Ask<'text'>['format'], maxCharacters: number): Promise<Extracted> {
  switch (format) {
    case 'plain':
      return onePage(decodeText(bytes))
    case 'markdown':
      return readMarkdown(bytes)
    case 'html':
      return readHtml(bytes)
    case 'xml':
      return readXml(bytes, maxCharacters)
    case 'rtf':
      return readRtf(bytes, maxCharacters)
    case 'eml':
      return readEml(bytes)
    case 'pdf':
      return readPdf(bytes, maxCharacters)
    case 'docx':
      return readDocx(bytes, maxCharacters)
    case 'xlsx':
      return readXlsx(bytes, maxCharacters)
    case 'pptx':
      return readPptx(bytes, maxCharacters)
    case 'odt':
    case 'ods':
    case 'odp':
      return readOdf(format, bytes, maxCharacters)
    case 'image':
      return readImage(bytes)
  }
}
