export interface SnippetPart {
  text: string
  marked: boolean
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescape = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/**
 * Reads a search snippet: HTML-escaped text in which `<mark>` wraps the matches. It comes out as plain text parts, so
 * nothing in it is ever read as HTML; any other tag stays the text it is.
 */
export function parseSnippet(snippet: string): SnippetPart[] {
  const parts: SnippetPart[] = []
  let depth = 0
  for (const piece of snippet.split(/(<\/?mark>)/i)) {
    const tag = piece.toLowerCase()
    if (tag === '<mark>') depth += 1
    else if (tag === '</mark>') depth = Math.max(0, depth - 1)
    else if (piece) {
      const part = { text: unescape(piece), marked: depth > 0 }
      const last = parts.at(-1)
      if (last?.marked === part.marked) last.text += part.text
      else parts.push(part)
    }
  }
  return parts
}
