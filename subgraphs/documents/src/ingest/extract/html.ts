import { convert } from 'html-to-text'
import { onePage, type Extracted } from './extracted.ts'
import { decodeText } from './plain.ts'

/** Where a page names its encoding, by HTML's own rule: in its first 1,024 bytes. */
const NAMED_CHARSET = /<meta[^>]{1,200}?charset\s*=\s*["']?([\w-]{1,40})/i

/** The visible text of a page and its title. Nothing in it is fetched or run. */
export function readHtml(bytes: Uint8Array): Extracted {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024))
  const html = decodeText(bytes, NAMED_CHARSET.exec(head)?.[1])
  const title = /<title[^>]{0,200}>([^<]{1,500})<\/title>/i.exec(html.slice(0, 100_000))?.[1]
  return onePage(htmlText(html), title === undefined ? null : htmlText(title))
}

/** The visible text of HTML. */
export function htmlText(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxDepth: 200, maxInputLength: 20_000_000 },
    selectors: [
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  })
}
