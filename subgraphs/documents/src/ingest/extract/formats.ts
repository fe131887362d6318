/** How text is got out of a media type. */
export type Format = 'plain' | 'html' | 'pdf' | 'docx'

const FORMATS: Record<string, Format> = {
  'text/plain': 'plain',
  'text/markdown': 'plain',
  'text/csv': 'plain',
  'application/json': 'plain',
  'application/yaml': 'plain',
  'application/xml': 'plain',
  'text/html': 'html',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
}

/** Null for types whose text is not read. */
export function formatOf(contentType: string): Format | null {
  return FORMATS[contentType] ?? null
}

/** Bytes that are read of a file at most. Plain text is cut there; formats that only make sense whole are left unread beyond. */
export const READ_LIMIT: Record<Format, number> = {
  plain: 4 * 1024 ** 2,
  html: 16 * 1024 ** 2,
  pdf: 128 * 1024 ** 2,
  docx: 64 * 1024 ** 2,
}

/** Whether a file may be cut at the limit. */
export const CUTTABLE: Record<Format, boolean> = { plain: true, html: true, pdf: false, docx: false }
