import { PDFiumLibrary } from '@hyzyla/pdfium'
import { Unreadable } from './unreadable.ts'

let library: Promise<PDFiumLibrary> | undefined

/** Enough for a shelf of books; what comes after is not indexed anyway. */
const MAX_PAGES = 5000

/** The text of a PDF's pages. @throws Unreadable when it is encrypted or broken */
export async function pdfText(bytes: Uint8Array, maxCharacters: number): Promise<string> {
  library ??= PDFiumLibrary.init()
  const pdfium = await library
  const document = await pdfium.loadDocument(bytes).catch((error: unknown) => {
    const encrypted = /password|security/i.test(String(error))
    throw new Unreadable(encrypted ? 'The PDF is protected by a password.' : 'The PDF is damaged and cannot be read.', {
      cause: error,
    })
  })
  try {
    const pages: string[] = []
    let length = 0
    for (let index = 0; index < Math.min(document.getPageCount(), MAX_PAGES) && length < maxCharacters; index++) {
      const text = document.getPage(index).getText()
      pages.push(text)
      length += text.length
    }
    return pages.join('\n\n')
  } finally {
    document.destroy()
  }
}
