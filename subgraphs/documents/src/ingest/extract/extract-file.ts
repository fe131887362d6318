import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { knownType } from '../../documents/file-types.ts'
import { MAX_INDEXED } from '../../search/search-entry.ts'
import type { Ocr } from '../ocr/ocr.ts'
import { recognisePages } from '../ocr/recognise-pages.ts'
import { createReader, type Reader } from '../reader/reader.ts'
import { decideType } from '../usecases/verify-document.ts'
import type { Extracted } from './extracted.ts'
import { formatOf, isDrawable, READ_LIMIT } from './formats.ts'
import { SNIFF_BYTES } from './sniff-type.ts'
import { Unreadable } from './unreadable.ts'

export interface FileReader {
  /** What the vault would read of a file on this machine, and as what. @throws Unreadable */
  read(file: string): Promise<Extracted & { contentType: string }>
  close(): Promise<void>
}

/** Reads files on this machine by the same rules as in the vault, for tools; pictures of text only with `ocr`. */
export function createFileReader(ocr: Ocr | null): FileReader {
  const reader = createReader({ concurrency: 1, niceness: 0 })
  const proposer = createReader({ concurrency: 1, niceness: 0 })
  return {
    read: (file) => readFile({ reader, proposer, ocr }, file),
    async close() {
      await Promise.all([reader.close(), proposer.close()])
    },
  }
}

async function readFile(
  deps: { reader: Reader; proposer: Reader; ocr: Ocr | null },
  file: string,
): Promise<Extracted & { contentType: string }> {
  const { signal } = new AbortController()
  const filename = path.basename(file)
  const said = knownType('', filename) ?? 'application/octet-stream'
  const source = (limit: number) => ({ open: async () => createReadStream(file), limit })
  const seen = await deps.reader.one('type', { contentType: said, filename }, source(SNIFF_BYTES), signal)
  const contentType = decideType(said, seen)
  const format = formatOf(contentType)
  if (!format) return { pages: [], scanned: [], pageCount: null, title: null, contentType }
  const limit = READ_LIMIT[format]
  const read = await deps.reader.one('text', { format, maxCharacters: MAX_INDEXED }, source(limit), signal)
  const pages = [...read.pages]
  if (deps.ocr && isDrawable(format) && read.scanned.length > 0) {
    const scans = { format, source: source(limit), pages: read.scanned, text: read.pages.join('\n') }
    await recognisePages(
      { ...deps, ocr: deps.ocr },
      scans,
      async (page, text) => {
        pages[page - 1] = [pages[page - 1]?.trim(), text].filter(Boolean).join('\n')
        return true
      },
      signal,
    )
  }
  return { ...read, pages, contentType }
}

/** The text of a file on this machine; empty when it cannot be read, or is a picture. */
export async function extract(file: { path: string }): Promise<string> {
  const reader = createFileReader(null)
  try {
    if ((await stat(file.path)).size === 0) return ''
    return (await reader.read(file.path)).pages.join('\n\n')
  } catch (error) {
    if (error instanceof Unreadable) return ''
    throw error
  } finally {
    await reader.close()
  }
}
