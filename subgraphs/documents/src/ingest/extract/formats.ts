/** How text is got out of a media type. */
export type Format =
  | 'plain'
  | 'markdown'
  | 'html'
  | 'xml'
  | 'rtf'
  | 'eml'
  | 'pdf'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'odt'
  | 'ods'
  | 'odp'
  | 'image'

const FORMATS: Record<string, Format> = {
  'text/plain': 'plain',
  'text/markdown': 'markdown',
  'text/csv': 'plain',
  'application/json': 'plain',
  'application/yaml': 'plain',
  'application/xml': 'xml',
  'image/svg+xml': 'xml',
  'text/html': 'html',
  'application/rtf': 'rtf',
  'message/rfc822': 'eml',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'image/png': 'image',
  'image/jpeg': 'image',
  'image/gif': 'image',
  'image/tiff': 'image',
  'image/webp': 'image',
}

/** Null for types whose text is not read. */
export function formatOf(contentType: string): Format | null {
  return Object.hasOwn(FORMATS, contentType) ? (FORMATS[contentType] as Format) : null
}

const MIB = 1024 ** 2

/** Bytes that are read of a file at most. Plain text is cut there; formats that only make sense whole are left unread beyond. */
export const READ_LIMIT: Record<Format, number> = {
  plain: 4 * MIB,
  markdown: 4 * MIB,
  html: 16 * MIB,
  xml: 16 * MIB,
  rtf: 64 * MIB,
  eml: 64 * MIB,
  pdf: 256 * MIB,
  docx: 64 * MIB,
  xlsx: 64 * MIB,
  pptx: 256 * MIB,
  odt: 64 * MIB,
  ods: 64 * MIB,
  odp: 256 * MIB,
  image: 128 * MIB,
}

const CUTTABLE: ReadonlySet<Format> = new Set(['plain', 'markdown', 'html', 'xml', 'rtf', 'eml'])

/** Whether a file may be cut at the limit and still be read. */
export const isCuttable = (format: Format): boolean => CUTTABLE.has(format)

/** Whether pages of it can be drawn. */
export const isDrawable = (format: Format | null): format is 'pdf' | 'image' => format === 'pdf' || format === 'image'
