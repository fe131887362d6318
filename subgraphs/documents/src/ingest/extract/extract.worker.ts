import { docxText } from './docx.ts'
import type { Format } from './formats.ts'
import { htmlText } from './html.ts'
import { pdfText } from './pdf.ts'
import { decodeText } from './plain.ts'
import { Unreadable } from './unreadable.ts'

export interface ExtractTask {
  format: Format
  bytes: Uint8Array
  maxCharacters: number
}

/** An error does not keep its class between threads, so that "unreadable" travels as an answer. */
export type ExtractAnswer = { text: string } | { unreadable: string }

/** The body of a worker thread: a file that loops or bloats takes only its thread with it. */
export default async function extract(task: ExtractTask): Promise<ExtractAnswer> {
  try {
    return { text: (await textOf(task)).slice(0, task.maxCharacters) }
  } catch (error) {
    if (error instanceof Unreadable) return { unreadable: error.message }
    throw error
  }
}

async function textOf({ format, bytes, maxCharacters }: ExtractTask): Promise<string> {
  switch (format) {
    case 'plain':
      return decodeText(bytes)
    case 'html':
      return htmlText(decodeText(bytes))
    case 'pdf':
      return pdfText(bytes, maxCharacters)
    case 'docx':
      return docxText(bytes)
  }
}
