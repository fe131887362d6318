/** The words for what the vault takes in; a type that is not here is shown by its own name. */
export const FILE_TYPES: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word (docx)',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel (xlsx)',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint (pptx)',
  'application/msword': 'Word 97 (doc)',
  'application/vnd.ms-excel': 'Excel 97 (xls)',
  'application/vnd.ms-powerpoint': 'PowerPoint 97 (ppt)',
  'application/vnd.oasis.opendocument.text': 'OpenDocument text (odt)',
  'application/vnd.oasis.opendocument.spreadsheet': 'OpenDocument sheet (ods)',
  'application/vnd.oasis.opendocument.presentation': 'OpenDocument slides (odp)',
  'application/rtf': 'Rich text (rtf)',
  'text/plain': 'Plain text',
  'text/markdown': 'Markdown',
  'text/html': 'Web page (html)',
  'text/csv': 'Table (csv)',
  'application/json': 'JSON',
  'application/yaml': 'YAML',
  'application/xml': 'XML',
  'message/rfc822': 'Mail (eml)',
  'image/jpeg': 'Picture (jpeg)',
  'image/png': 'Picture (png)',
  'image/tiff': 'Picture (tiff)',
  'image/webp': 'Picture (webp)',
  'image/gif': 'Picture (gif)',
  'image/heic': 'Picture (heic)',
  'image/svg+xml': 'Drawing (svg)',
  'application/zip': 'Archive (zip)',
  'application/octet-stream': 'Anything else',
}

/** Those in use that this client has no words for come last. */
export function choicesOf(inUse: readonly string[]): { type: string; label: string }[] {
  const others = inUse.filter((type) => !Object.hasOwn(FILE_TYPES, type))
  return [...Object.keys(FILE_TYPES), ...others].map((type) => ({ type, label: FILE_TYPES[type] ?? type }))
}
