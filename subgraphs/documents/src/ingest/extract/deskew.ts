import sharp from 'sharp'
import type { Bitmap } from './pdf.ts'

/** Pixels of the width that angles are measured on. */
const WIDTH = 700
/** Degrees: a sheet put in askew; more is a picture of something else. */
const MOST = 15
const COARSE = 0.5
const FINE = 0.1
/** Below it OCR copes by itself. */
const LEAST = 0.7
/** How much clearer lines must stand out at an angle than as the page is. */
const CLEARER = 1.15

/** The page with its lines of text level; the same page where they are, or where there are none. */
export async function deskew(bitmap: Bitmap): Promise<Bitmap> {
  const angle = await skewOf(bitmap)
  if (Math.abs(angle) < LEAST) return bitmap
  const { width, height, channels, data } = bitmap
  const turned = await sharp(data, { raw: { width, height, channels } })
    .rotate(-angle, { background: 'white' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: turned.info.width, height: turned.info.height, channels: 1, data: turned.data }
}

/** Degrees by which lines of text fall to the right: the angle at which they and the gaps between them differ most. */
async function skewOf(bitmap: Bitmap): Promise<number> {
  const { width, height, channels, data } = bitmap
  const small = await sharp(data, { raw: { width, height, channels } })
    .resize({ width: Math.min(WIDTH, width) })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const ink = inkOf(small.data, small.info.width, small.info.height)
  if (ink.x.length < 50) return 0
  const level = clarity(ink, 0, small.info)
  const best = sharpest(ink, -MOST, MOST, COARSE, small.info)
  const fine = sharpest(ink, best.angle - COARSE, best.angle + COARSE, FINE, small.info)
  return fine.clarity > level * CLEARER ? fine.angle : 0
}

interface Ink {
  x: number[]
  y: number[]
}

/** Where something dark is that is neither a rule, a frame nor a filled area: those are level on a page put in askew. */
function inkOf(grey: Uint8Array, width: number, height: number): Ink {
  const threshold = darkBelow(grey)
  const longest = width / 12
  const ink: Ink = { x: [], y: [] }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width;) {
      if ((grey[y * width + x] as number) >= threshold) {
        x++
        continue
      }
      const start = x
      while (x < width && (grey[y * width + x] as number) < threshold) x++
      for (let at = start; x - start < longest && at < x; at++) {
        ink.x.push(at)
        ink.y.push(y)
      }
    }
  }
  return ink
}

/** Between the two heaps that dark and light make (Otsu, 1979). */
function darkBelow(grey: Uint8Array): number {
  const histogram = new Float64Array(256)
  for (const value of grey) histogram[value] = (histogram[value] as number) + 1
  let sum = 0
  for (let value = 0; value < 256; value++) sum += value * (histogram[value] as number)
  let below = 0
  let sumBelow = 0
  let best = 0
  let threshold = 128
  for (let value = 0; value < 256; value++) {
    below += histogram[value] as number
    const above = grey.length - below
    if (below === 0 || above === 0) continue
    sumBelow += value * (histogram[value] as number)
    const between = below * above * (sumBelow / below - (sum - sumBelow) / above) ** 2
    if (between > best) {
      best = between
      threshold = value + 1
    }
  }
  return threshold
}

function sharpest(ink: Ink, from: number, to: number, step: number, size: { width: number; height: number }) {
  let best = { angle: 0, clarity: -1 }
  for (let angle = from; angle <= to + 1e-9; angle += step) {
    const seen = clarity(ink, angle, size)
    if (seen > best.clarity) best = { angle, clarity: seen }
  }
  return best
}

/** How much neighbouring rows differ in ink once the page is sheared by an angle. */
function clarity({ x, y }: Ink, angle: number, size: { width: number; height: number }): number {
  const slope = Math.tan((angle * Math.PI) / 180)
  const margin = Math.ceil(Math.abs(slope) * size.width)
  const rows = new Float64Array(size.height + 2 * margin + 1)
  for (let at = 0; at < x.length; at++) {
    const row = Math.round((y[at] as number) - (x[at] as number) * slope) + margin
    rows[row] = (rows[row] as number) + 1
  }
  let sum = 0
  for (let row = 1; row < rows.length; row++) sum += ((rows[row] as number) - (rows[row - 1] as number)) ** 2
  return sum
}
