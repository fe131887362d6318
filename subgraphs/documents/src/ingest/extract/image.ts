import sharp, { type Sharp } from 'sharp'
import type { Extracted } from './extracted.ts'
import type { Bitmap } from './pdf.ts'
import { Unreadable } from './unreadable.ts'

/** Pixels of the largest picture that is opened: a page of A2 at 600 dots per inch, or any camera's photograph. */
const MAX_PIXELS = 200_000_000
/** Pages of a fax or a stack of scans. */
const MAX_PAGES = 1000
const MAX_SECONDS = 60

sharp.cache(false)
// One thread a process: how many pictures are worked on at once is decided by how many processes there are.
sharp.concurrency(1)

/** Pages of a picture, all of them for OCR. @throws Unreadable when it is damaged or has too many pixels */
export async function readImage(bytes: Uint8Array): Promise<Extracted> {
  const { width, height, pages = 1, format } = await orUnreadable(sharp(bytes, { limitInputPixels: false }).metadata())
  if (width * height > MAX_PIXELS) throw tooLarge(width, height)
  // The frames of an animation are one picture, the pages of a TIFF are pages.
  const pageCount = format === 'tiff' ? Math.min(pages, MAX_PAGES) : 1
  const numbers = Array.from({ length: pageCount }, (_, index) => index + 1)
  return { pages: numbers.map(() => ''), scanned: numbers, pageCount, title: null }
}

/** Opens one page of a picture, upright. Pixels are read only when it is put to use. */
export function openImage(bytes: Uint8Array, page: number): Sharp {
  return sharp(bytes, { page: page - 1, limitInputPixels: MAX_PIXELS, failOn: 'truncated', sequentialRead: true })
    .timeout({ seconds: MAX_SECONDS })
    .rotate()
}

/** Wide enough for letters to have the height OCR was taught; a screenshot is below it. */
const LEAST_WIDTH = 1800
const MOST_ENLARGED = 3

/** A page in grey, of a size that letters are read at. @throws Unreadable when it is damaged or too large */
export async function greyImage(bytes: Uint8Array, page: number, maxPixels: number): Promise<Bitmap> {
  const {
    width,
    height,
    orientation = 1,
  } = await orUnreadable(sharp(bytes, { page: page - 1, limitInputPixels: false }).metadata())
  if (width * height > MAX_PIXELS) throw tooLarge(width, height)
  const upright = orientation >= 5 ? height : width
  const wanted = Math.min(
    Math.max(1, Math.min(MOST_ENLARGED, LEAST_WIDTH / upright)),
    Math.sqrt(maxPixels / (width * height)),
  )
  const drawn = await orUnreadable(
    openImage(bytes, page)
      .flatten({ background: 'white' })
      .resize({ width: Math.max(1, Math.round(upright * wanted)) })
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true }),
  )
  return { width: drawn.info.width, height: drawn.info.height, channels: 1, data: drawn.data }
}

/** What libvips has to say is for programmers. @throws Unreadable */
export async function orUnreadable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (/pixel limit/i.test(String(error)))
      throw new Unreadable('The picture has more pixels than are read.', { cause: error })
    throw new Unreadable('The picture is damaged or of a kind that cannot be read.', { cause: error })
  }
}

function tooLarge(width: number, height: number): Unreadable {
  return new Unreadable(
    `The picture is too large to be read: ${width} × ${height} pixels, more than ${MAX_PIXELS / 1e6} million.`,
  )
}
