import { Unreadable } from '../extract/unreadable.ts'
import type { Bitmap } from '../extract/pdf.ts'
import type { Reader, Source } from '../reader/reader.ts'
import type { Ocr } from './ocr.ts'

interface Deps {
  /** Draws the pages. */
  reader: Reader
  /** Tells languages while the reader holds the page that was just drawn. */
  proposer: Reader
  ocr: Ocr
}

export interface Scans {
  format: 'pdf' | 'image'
  source: Source
  /** Numbers from 1. */
  pages: number[]
  /** What is known of the text already: it may tell the language. */
  text: string
}

/**
 * Reads pages that are pictures, one after the other.
 * @param keep called with each page's text; answers whether to go on
 * @returns how many pages could not be read
 * @throws Unreadable when none could
 */
export async function recognisePages(
  deps: Deps,
  scans: Scans,
  keep: (page: number, text: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<number> {
  const { format, source, pages } = scans
  let language = await languageOf(deps, scans.text, signal)
  const failures: unknown[] = []
  for await (const { page, bitmap } of deps.reader.run('scans', { format, pages }, source, signal)) {
    let text = ''
    try {
      const seen = await recognisePage(deps, bitmap, language, signal)
      text = seen.text
      language = seen.language
    } catch (error) {
      // One page that cannot be read is no reason to leave the others.
      if (!(error instanceof Unreadable)) throw error
      failures.push(error)
    }
    if (!(await keep(page, text.trim()))) break
  }
  if (failures.length > 0 && failures.length === pages.length) throw failures[0]
  return failures.length
}

/** The first page tells the language; knowing it, it is read again, and better. */
async function recognisePage(
  deps: Deps,
  bitmap: Bitmap,
  known: string | null,
  signal: AbortSignal,
): Promise<{ text: string; language: string | null }> {
  const text = await deps.ocr.recognise(bitmap, known, signal)
  if (known !== null) return { text, language: known }
  const language = await languageOf(deps, text, signal)
  if (!deps.ocr.narrows(language)) return { text, language: null }
  return { text: await deps.ocr.recognise(bitmap, language, signal), language }
}

async function languageOf(deps: Deps, text: string, signal: AbortSignal): Promise<string | null> {
  const subject = { text: text.slice(0, 20_000), title: null, filename: '', prose: true }
  return (await deps.proposer.one('propose', subject, null, signal)).language
}
