/** The media types the vault takes in, each with the endings by which a file without a type is known. */
const TYPES: Record<string, readonly string[]> = {
  'application/pdf': ['pdf'],
  'text/plain': ['txt', 'log', 'text'],
  'text/markdown': ['md', 'markdown'],
  'text/html': ['html', 'htm'],
  'text/csv': ['csv'],
  'application/json': ['json'],
  'application/yaml': ['yaml', 'yml'],
  'application/xml': ['xml'],
  'application/rtf': ['rtf'],
  'message/rfc822': ['eml'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['pptx'],
  'application/vnd.oasis.opendocument.text': ['odt'],
  'application/vnd.oasis.opendocument.spreadsheet': ['ods'],
  'application/vnd.oasis.opendocument.presentation': ['odp'],
  'application/msword': ['doc'],
  'application/vnd.ms-excel': ['xls'],
  'application/vnd.ms-powerpoint': ['ppt'],
  'application/zip': ['zip'],
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/gif': ['gif'],
  'image/tiff': ['tif', 'tiff'],
  'image/webp': ['webp'],
  'image/svg+xml': ['svg'],
  'image/heic': ['heic'],
  // Kept and handed back, never read.
  'application/octet-stream': [],
}

/** Other names of the same types, as browsers and programs send them. */
const SYNONYMS: Record<string, string> = {
  'text/yaml': 'application/yaml',
  'text/x-yaml': 'application/yaml',
  'application/x-yaml': 'application/yaml',
  'text/x-markdown': 'text/markdown',
  'text/xml': 'application/xml',
  'text/rtf': 'application/rtf',
  'text/json': 'application/json',
  'application/csv': 'text/csv',
  'image/jpg': 'image/jpeg',
  'application/x-zip-compressed': 'application/zip',
  'binary/octet-stream': 'application/octet-stream',
}

const BY_ENDING = new Map(
  Object.entries(TYPES).flatMap(([type, endings]) => endings.map((ending) => [ending, type] as const)),
)

/** Every media type that is taken in. */
export const ALLOWED_TYPES: readonly string[] = Object.keys(TYPES)

/**
 * The media type of a file by what its uploader says of it: parameters dropped, synonyms folded; where the uploader
 * knows no type, by the ending of the name.
 * @returns null for a type the vault does not take in
 */
export function knownType(contentType: string, filename: string): string | null {
  const bare = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const type = Object.hasOwn(SYNONYMS, bare) ? (SYNONYMS[bare] as string) : bare
  if (type === 'application/octet-stream' || type === '') {
    return BY_ENDING.get(/\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '') ?? 'application/octet-stream'
  }
  return Object.hasOwn(TYPES, type) ? type : null
}

/** The media types whose files have this ending, without the dot; most have one. */
export function typesOfEnding(ending: string): readonly string[] {
  const type = BY_ENDING.get(ending.toLowerCase())
  return type ? [type] : []
}
