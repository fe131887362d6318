export interface Resource {
  /** Path on the server, decoded. */
  path: string
  isFolder: boolean
  size: number | null
  /** When it was last changed, in milliseconds since 1970. */
  modified: number | null
  /** Bytes that still fit; negative numbers are the service's ways to say that it does not know. */
  available: number | null
}

/** Longest entry of a listing. */
const ENTRY_LIMIT = 64 * 1024
const ENTRY_END = /<\/(?:[\w-]+:)?response\s*>/

/** The entries of a WebDAV listing, one at a time, however long it is. @throws Error when it is none */
export async function* readMultistatus(body: AsyncIterable<Uint8Array>): AsyncGenerator<Resource> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body) {
    text += decoder.decode(piece, { stream: true })
    for (let end = ENTRY_END.exec(text); end; end = ENTRY_END.exec(text)) {
      yield readEntry(text.slice(0, end.index))
      text = text.slice(end.index + end[0].length)
    }
    if (text.length > ENTRY_LIMIT) throw new Error('not a listing')
  }
  if (!/<\/(?:[\w-]+:)?multistatus\s*>/.test(text)) throw new Error('the listing ended early')
}

function readEntry(text: string): Resource {
  const href = valueOf(text, 'href')
  if (href === null) throw new Error('an entry without an address')
  return {
    path: decodeURIComponent(new URL(href, 'http://host').pathname),
    isFolder: /<(?:[\w-]+:)?collection\b/.test(text),
    size: numberOf(text, 'getcontentlength'),
    modified: Date.parse(valueOf(text, 'getlastmodified') ?? '') || null,
    available: numberOf(text, 'quota-available-bytes'),
  }
}

function valueOf(text: string, name: string): string | null {
  const value = new RegExp(`<(?:[\\w-]+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(text)?.[1]
  return value === undefined ? null : unescape(value.trim())
}

function numberOf(text: string, name: string): number | null {
  const value = valueOf(text, name)
  return value === null || value === '' ? null : Number(value)
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    return hex ? String.fromCodePoint(parseInt(hex, 16)) : (NAMED[name ?? ''] ?? whole)
  })
}
