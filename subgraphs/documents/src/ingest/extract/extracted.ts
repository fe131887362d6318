/** What is got out of a file without looking at pictures. */
export interface Extracted {
  /** The text in reading order: one entry a page, slide or sheet, one in all for formats without them. */
  pages: string[]
  /** Pages, from 1, that show something but have no text: for OCR. */
  scanned: number[]
  /** Null for formats that do not say. */
  pageCount: number | null
  /** What the file itself calls its title. */
  title: string | null
}

/** A text without pages. */
export const onePage = (text: string, title: string | null = null): Extracted => ({
  pages: [text],
  scanned: [],
  pageCount: null,
  title,
})

/** Pages of a text, up to a number of characters in all. */
export class PageCollector {
  readonly pages: string[] = []
  #left: number
  constructor(maxCharacters: number) {
    this.#left = maxCharacters
  }
  get full(): boolean {
    return this.#left <= 0
  }
  /** Characters that still fit. */
  get left(): number {
    return this.#left
  }
  add(page: string): void {
    const kept = page.slice(0, Math.max(0, this.#left))
    this.#left -= kept.length
    this.pages.push(kept)
  }
}

/** PostgreSQL's text has no NUL, and half a surrogate pair is not UTF-8. */
export const storable = (text: string): string => text.replaceAll('\0', ' ').toWellFormed()
