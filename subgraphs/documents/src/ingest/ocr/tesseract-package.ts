import { createRequire } from 'node:module'
import path from 'node:path'
import sharp from 'sharp'
import { createWorker, OEM, type PSM, type Worker } from 'tesseract.js'
import type { Bitmap } from '../extract/pdf.ts'
import { withSecondLook } from './second-look.ts'

/** One a language, kept open for the next page. */
const engines = new Map<string, Promise<Worker>>()

/**
 * The text of a page, by the package. It opens one language at a time from the folders that npm makes, so that of
 * several the one is taken whose reading it trusts most.
 */
export async function recogniseWithPackage(bitmap: Bitmap, languages: readonly string[]): Promise<string> {
  const { width, height, channels, data } = bitmap
  const png = await sharp(data, { raw: { width, height, channels } })
    .withMetadata({ density: 300 })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return withSecondLook(async (mode) => {
    let best = { text: '', confidence: -1 }
    for (const language of languages) {
      const engine = await engineFor(language)
      await engine.setParameters({ tessedit_pageseg_mode: mode as PSM })
      const { text, confidence } = (await engine.recognize(png)).data
      if (confidence > best.confidence) best = { text, confidence }
    }
    return best.text
  })
}

/** With the data that npm brought: nothing is fetched and nothing is kept. */
function engineFor(language: string): Promise<Worker> {
  const open = engines.get(language)
  if (open) return open
  const entry = createRequire(import.meta.url).resolve(`@tesseract.js-data/${language}`)
  const langPath = path.join(path.dirname(entry), '4.0.0_best_int')
  const made = createWorker(language, OEM.LSTM_ONLY, { langPath, cacheMethod: 'none', gzip: true })
  engines.set(language, made)
  return made
}
