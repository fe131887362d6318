import type { Logger } from '@archivolt/kit/log/logger'
import type { Bitmap } from '../extract/pdf.ts'
import { createReader } from '../reader/reader.ts'
import { PACKAGED_LANGUAGES, readableAs } from './languages.ts'
import { installedLanguages, recogniseWithProgram } from './tesseract-program.ts'

export interface Ocr {
  /**
   * The text in a picture of a page, grey, about 300 dots per inch; empty where there is none.
   * @param language the one it is known to be in (`en`): one alone is read better, and twice as fast
   * @throws Unreadable
   */
  recognise(bitmap: Bitmap, language: string | null, signal: AbortSignal): Promise<string>
  /** Whether a page is read better once its language is known. */
  narrows(language: string | null): boolean
  close(): Promise<void>
}

export interface OcrOptions {
  /** Tesseract's names: `eng`, `deu`, `fra`. */
  languages: readonly string[]
  /** What is run of the environment: the search path for programs and where Tesseract keeps its data. */
  environment: { PATH: string; TESSDATA_PREFIX?: string }
  concurrency: number
  log: Logger
  /** Only what npm brings, also where the program is there. */
  packageOnly?: boolean
}

type Recognise = (bitmap: Bitmap, languages: readonly string[], signal: AbortSignal) => Promise<string>

const NICENESS = 15

/** Reads by Debian's or any other `tesseract` where it is installed and has the languages, otherwise by the package. */
export function createOcr({ languages, environment, concurrency, log, packageOnly }: OcrOptions): Ocr {
  const reader = createReader({ concurrency, niceness: NICENESS, limits: { itemMs: 5 * 60_000 } })
  let chosen: ReturnType<typeof choose> | undefined

  const choose = async (): Promise<{ languages: readonly string[]; recognise: Recognise }> => {
    const installed = packageOnly ? [] : await installedLanguages(environment)
    const present = languages.filter((language) => installed.includes(language))
    const packaged = languages.filter((language) => PACKAGED_LANGUAGES.includes(language))
    // The program is twice as fast; yet a language that it lacks and the package has is worth more.
    if (present.length > 0 && present.length >= packaged.length) {
      log.info({ languages: present }, 'scans are read by the tesseract program')
      const recognise: Recognise = (bitmap, names, signal) =>
        recogniseWithProgram(bitmap, { languages: names, environment }, signal)
      return { languages: present, recognise }
    }
    const used = packaged.length > 0 ? packaged : PACKAGED_LANGUAGES.slice(0, 1)
    log.info({ languages: used }, 'scans are read by the tesseract package')
    const recognise: Recognise = (bitmap, names, signal) =>
      reader.one('ocr', { bitmap, languages: [...names] }, null, signal)
    return { languages: used, recognise }
  }

  return {
    async recognise(bitmap, language, signal) {
      chosen ??= choose()
      const engine = await chosen
      const alone = readableAs(language, engine.languages)
      return engine.recognise(bitmap, alone ? [alone] : engine.languages, signal)
    },
    narrows: (language) => languages.length > 1 && readableAs(language, languages) !== null,
    close: () => reader.close(),
  }
}
