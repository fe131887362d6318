const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A highlighted passage as HTML in which everything is escaped but `<mark>`; null when nothing in it is marked. */
export function toSnippet(headline: string): string | null {
  if (!headline.includes('\uE000')) return null
  return headline
    .replace(/\s+/g, ' ')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
    .replaceAll('\uE000', '<mark>')
    .replaceAll('\uE001', '</mark>')
    .trim()
}
